#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pf {

/// Some entries of a keyed backend, as `entry_key` has them, in one piece of memory that is used again. Views
/// of it are valid until the next change.
class EntryList {
 public:
  void clear();
  void add(std::string_view key, std::string_view name_space = {});
  size_t size() const { return ends_.size(); }
  std::string_view operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};

}  // namespace pf
