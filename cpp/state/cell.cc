#include "state/cell.h"

namespace pf {

void write_item(const StateDescriptor& descriptor, const Timed& item, ByteWriter& out) {
  if (descriptor.ttl) out.put_fixed64(static_cast<uint64_t>(item.touched));
  descriptor.value->write(item.value, out);
}

Timed read_item(const StateDescriptor& descriptor, ByteReader& in) {
  Timed item;
  if (descriptor.ttl) item.touched = static_cast<int64_t>(in.get_fixed64());
  item.value = descriptor.value->read(in);
  return item;
}

}  // namespace pf
