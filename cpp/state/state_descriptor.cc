#include "state/state_descriptor.h"

namespace pf {

std::string StateDescriptor::schema() const {
  switch (kind) {
    case Kind::kValue:
      return value->schema();
    case Kind::kList:
      return R"({"type":"LIST","element":)" + value->schema() + "}";
    case Kind::kMap:
      return R"({"type":"MAP","key":)" + map_key->schema() + R"(,"value":)" + value->schema() + "}";
  }
  return {};
}

std::optional<RowTtl> StateDescriptor::row_ttl() const {
  if (!ttl) return std::nullopt;
  return RowTtl{ttl->millis, kind == Kind::kList, ttl->store_looks_again_millis};
}

}  // namespace pf
