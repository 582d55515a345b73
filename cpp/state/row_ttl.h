#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pf {

/// The life time of a state's rows, as far as it shows in their bytes: a row starts with the time when it was
/// last touched, a list's row holds such a time for each element (docs/formats/values.md). So whoever has
/// only bytes can tell what has expired, on any thread.
struct RowTtl {
  int64_t millis = 0;
  bool is_list = false;
  /// How old a file may get before a store looks through it again; 0: the store's own default.
  int64_t look_again_millis = 0;
};

/// Whether something that was touched then is expired now.
bool is_expired(int64_t ttl_millis, int64_t touched, int64_t now);

/// What is left of a row at that time: all of it, nothing, or the elements that are still young, which are
/// put into `kept`.
enum class RowAge : uint8_t { kYoung, kExpired, kPartlyExpired };
RowAge age_of_row(const RowTtl& ttl, std::string_view value, int64_t now, std::string& kept);

}  // namespace pf
