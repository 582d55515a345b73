#include "state/row_ttl.h"

#include <limits>

#include "serde/bytes.h"

namespace pf {

bool is_expired(int64_t ttl_millis, int64_t touched, int64_t now) {
  // A time of expiry beyond all times never comes.
  if (touched > std::numeric_limits<int64_t>::max() - ttl_millis) return false;
  return touched + ttl_millis <= now;
}

RowAge age_of_row(const RowTtl& ttl, std::string_view value, int64_t now, std::string& kept) {
  ByteReader in(value);
  if (!ttl.is_list) {
    auto touched = static_cast<int64_t>(in.get_fixed64());
    return is_expired(ttl.millis, touched, now) ? RowAge::kExpired : RowAge::kYoung;
  }
  kept.clear();
  while (!in.at_end()) {
    std::string_view before = in.rest();
    auto touched = static_cast<int64_t>(in.get_fixed64());
    in.get_bytes();
    if (!is_expired(ttl.millis, touched, now)) kept.append(before, 0, before.size() - in.rest().size());
  }
  if (kept.empty()) return RowAge::kExpired;
  return kept.size() == value.size() ? RowAge::kYoung : RowAge::kPartlyExpired;
}

}  // namespace pf
