#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "dataflow/exchange/channel.h"

namespace pf::testing {

/// Counts its wakes; a thread can sleep until the next one.
class WakeCounter final : public Wakeable {
 public:
  void wake() override {
    ++wakes_;
    wakes_.notify_one();
  }
  int count() const { return wakes_; }
  void wait_beyond(int seen) const { wakes_.wait(seen); }

 private:
  std::atomic<int> wakes_{0};
};

/// Some channels with both ends in the hands of the test.
struct Wires {
  Wires(size_t count, size_t credits) {
    for (size_t i = 0; i < count; ++i) {
      channels.push_back(std::make_unique<Channel>(credits));
      channels.back()->connect(writer, reader);
      pointers.push_back(channels.back().get());
    }
  }
  /// Everything that has been written to a channel.
  std::vector<StreamElement> drain(size_t channel) {
    std::vector<StreamElement> all;
    StreamElement element;
    channels[channel]->announce();
    while (channels[channel]->try_pop(element)) all.push_back(std::move(element));
    return all;
  }

  WakeCounter writer;
  WakeCounter reader;
  std::vector<std::unique_ptr<Channel>> channels;
  std::vector<Channel*> pointers;
};

}  // namespace pf::testing
