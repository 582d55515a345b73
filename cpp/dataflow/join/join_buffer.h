#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "state/map_state.h"

namespace pf {

/// What a side of an interval join remembers of each key: records by their timestamps and, within one, in the
/// order of their arrival. Lies in a namespace of its own, which its methods make the current one; so the
/// side's timers are told from the other's. A view of the backend, which must outlive it; same thread.
class JoinBuffer {
 public:
  /// `side` is the namespace.
  JoinBuffer(KeyedStateBackend& backend, const std::string& name, std::string side, SerializerPtr records);

  void add(int64_t timestamp, Datum owned);
  /// Where the records from a timestamp on begin.
  static std::string place_of(int64_t timestamp);
  /// Shows the records from a place to a timestamp, to be left where they are; the visitor must not use the
  /// backend, and returns false to stop. Gives the place of the record that it said no to, if any.
  using Visitor = std::function<bool(int64_t timestamp, Datum record)>;
  std::optional<std::string> visit(std::string_view from, int64_t to, const Visitor& visitor);
  /// Drops the records up to a timestamp.
  void remove_up_to(int64_t timestamp);

  const std::string& side() const { return side_; }

 private:
  KeyedStateBackend& backend_;
  std::string side_;
  MapState records_;
};

}  // namespace pf
