#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "state/row_ttl.h"

namespace pf {

/// Number of a state within its backend.
using StateId = uint32_t;

/// Serialized state beneath a backend that does not keep all of it decoded. Rows of a state are ordered by
/// the bytes of their keys. Used by one thread, the task's; may block on a local disk. Throws Error naming
/// the place when the disk fails. Nothing of it outlives the store: what a checkpoint keeps is exported.
class StateStore {
 public:
  virtual ~StateStore() = default;
  /// Before any other use of the state. With a TTL, rows may go by themselves once they have expired.
  virtual void add_state(StateId state, const std::string& name, const std::optional<RowTtl>& ttl) = 0;
  virtual std::optional<std::string> get(StateId state, std::string_view key) = 0;
  virtual void put(StateId state, std::string_view key, std::string_view value) = 0;
  /// Puts bytes behind those that the row already has, without reading them.
  virtual void append(StateId state, std::string_view key, std::string_view bytes) = 0;
  virtual void remove(StateId state, std::string_view key) = 0;
  virtual void remove_prefix(StateId state, std::string_view prefix) = 0;

  /// Returns false to stop.
  using Visitor = std::function<bool(std::string_view key, std::string_view value)>;
  /// Shows the rows whose keys start with the prefix and don't sort before `from`, in order: those of the
  /// moment of the call, whatever the visitor changes.
  virtual void scan(StateId state, std::string_view prefix, std::string_view from,
                    const Visitor& visitor) = 0;
  /// The key of the last row that starts with the prefix and sorts before the bound, which starts with it,
  /// too.
  virtual std::optional<std::string> last_before(StateId state, std::string_view prefix,
                                                 std::string_view bound) = 0;
};

}  // namespace pf
