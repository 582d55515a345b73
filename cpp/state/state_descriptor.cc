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

}  // namespace pf
