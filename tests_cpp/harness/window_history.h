#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace pf::testing {

struct Event {
  int64_t number;
  int64_t time;
  std::string key;
};
/// Batches of events, and a watermark after each.
using History = std::vector<std::pair<std::vector<Event>, int64_t>>;

inline History random_history(std::mt19937& random) {
  auto below = [&](int64_t limit) { return static_cast<int64_t>(random() % static_cast<uint64_t>(limit)); };
  History history;
  int64_t number = 0;
  int64_t watermark = -20;
  for (int64_t batches = below(6) + 1; batches > 0; --batches) {
    std::vector<Event> events;
    for (int64_t left = below(8); left > 0; --left) {
      events.push_back({number++, watermark + below(40) - 15, below(2) == 0 ? "a" : "b"});
    }
    watermark += below(15);
    history.emplace_back(std::move(events), watermark);
  }
  return history;
}

}  // namespace pf::testing
