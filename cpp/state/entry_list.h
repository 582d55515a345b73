#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pf {

/// Some entries of a keyed backend, as `entry_key` has them, in one piece of memory that is used again.
class EntryList {
 public:
  void clear();
  void add(std::string_view key, std::string_view name_space = {});
  size_t size() const { return ends_.size(); }
  std::string_view operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  /// Valid until the next change.
  std::span<const std::string_view> all();

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
  std::vector<std::string_view> entries_;
};

}  // namespace pf
