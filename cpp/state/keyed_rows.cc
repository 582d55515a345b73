#include "state/keyed_rows.h"

#include "serde/bytes.h"

namespace pf {

void CopiedRows::add(uint32_t key_group, std::string_view entry, std::string_view detail) {
  append_row({key_group, entry, detail, {}}, bytes_);
}

void CopiedRows::for_each(const StoreView*, const Visitor& visitor) const {
  for (ByteReader in(bytes_); !in.at_end();) visitor(read_row(in));
}

}  // namespace pf
