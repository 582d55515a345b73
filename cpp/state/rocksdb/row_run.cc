#include "state/rocksdb/row_run.h"

#include <algorithm>
#include <cstring>

namespace pf {
namespace {

/// The bytes from there on as a number that sorts as they do.
uint64_t number_at(std::string_view key, size_t from) {
  uint64_t number = 0;
  if (from + sizeof(number) <= key.size()) {
    std::memcpy(&number, key.data() + from, sizeof(number));
    return __builtin_bswap64(number);
  }
  for (size_t i = from; i < from + sizeof(number); ++i) {
    number = number << 8 | (i < key.size() ? static_cast<uint8_t>(key[i]) : 0);
  }
  return number;
}

/// Sorted by the first bytes of its key, which are at hand, before the others are looked at.
struct Place {
  uint64_t first, second;
  size_t at;
};

}  // namespace

void RowRun::add(StateId state, Change change, std::string_view key, std::string_view value) {
  if (state >= changes_.size()) changes_.resize(state + 1);
  changes_[state].push_back(bytes_.size());
  const Head head{value.size(), static_cast<uint32_t>(key.size()), change};
  bytes_.append(reinterpret_cast<const char*>(&head), sizeof(head));
  bytes_.append(key);
  bytes_.append(value);
}

RowRun::Head RowRun::head(size_t at) const {
  Head head;
  std::memcpy(&head, bytes_.data() + at, sizeof(head));
  return head;
}

std::string_view RowRun::key(size_t at) const {
  return std::string_view(bytes_).substr(at + sizeof(Head), head(at).key_size);
}

void RowRun::for_each_row(StateId state, const Visitor& visitor) const {
  std::vector<Place> places;
  places.reserve(changes_[state].size());
  for (size_t at : changes_[state]) places.push_back({number_at(key(at), 0), number_at(key(at), 8), at});
  std::sort(places.begin(), places.end(), [this](const Place& a, const Place& b) {
    if (a.first != b.first) return a.first < b.first;
    if (a.second != b.second) return a.second < b.second;
    const int order = key(a.at).compare(key(b.at));
    return order != 0 ? order < 0 : a.at < b.at;
  });
  std::string together;
  for (size_t i = 0; i < places.size();) {
    const std::string_view row = key(places[i].at);
    Change change = Change::kAppend;
    std::string_view value;
    for (; i < places.size() && key(places[i].at) == row; ++i) {
      const Head next = head(places[i].at);
      std::string_view bytes =
          std::string_view(bytes_).substr(places[i].at + sizeof(Head) + next.key_size, next.value_size);
      if (next.change != Change::kAppend) {
        change = next.change;
      } else {
        if (!value.empty()) {
          if (value.data() != together.data()) together = value;
          bytes = together.append(bytes);
        }
        if (change == Change::kRemove) change = Change::kPut;
      }
      value = bytes;
    }
    visitor(change, row, value);
  }
}

}  // namespace pf
