#include "state/state_backend.h"

namespace pf {
namespace {

class HeapStateBackend final : public StateBackend {
 public:
  std::unique_ptr<KeyedStateBackend> create(const StateOwner& owner) const override {
    KeyedStateBackend::Options options;
    options.max_parallelism = owner.max_parallelism;
    options.clock = owner.clock;
    options.keys = owner.keys;
    return std::make_unique<KeyedStateBackend>(std::move(options));
  }
};

}  // namespace

std::shared_ptr<const StateBackend> make_heap_state_backend() { return std::make_shared<HeapStateBackend>(); }

}  // namespace pf
