#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pf {

/// Number of a state within its backend.
using StateId = uint32_t;

/// Serialized state beneath a backend that does not keep all of it decoded. Rows of a state are ordered by
/// the bytes of their keys. Used by one thread, the task's; may block on a local disk.
class StateStore {
 public:
  virtual ~StateStore() = default;
  /// Before any other use of the state.
  virtual void add_state(StateId state, const std::string& name) = 0;
  virtual std::optional<std::string> get(StateId state, std::string_view key) = 0;
  virtual void put(StateId state, std::string_view key, std::string_view value) = 0;
  /// Puts bytes behind those that the row already has, without reading them.
  virtual void append(StateId state, std::string_view key, std::string_view bytes) = 0;
  virtual void remove(StateId state, std::string_view key) = 0;
  virtual void remove_prefix(StateId state, std::string_view prefix) = 0;

  /// Returns false to stop.
  using Visitor = std::function<bool(std::string_view key, std::string_view value)>;
  /// Shows the rows whose keys start with the prefix, in order; those of the moment of the call.
  virtual void scan(StateId state, std::string_view prefix, const Visitor& visitor) = 0;
};

}  // namespace pf
