#include "state/state_backend.h"

namespace pf {
namespace {

class HeapStateBackend final : public StateBackend {
 public:
  std::unique_ptr<KeyedStateBackend> create(const StateOwner& owner) const override {
    return std::make_unique<KeyedStateBackend>(owner.backend_options());
  }
};

}  // namespace

std::shared_ptr<const StateBackend> make_heap_state_backend() { return std::make_shared<HeapStateBackend>(); }

}  // namespace pf
