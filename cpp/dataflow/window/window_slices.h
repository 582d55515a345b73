#pragma once

#include <cstdint>
#include <optional>

namespace pf {

/// Windows of `size` milliseconds that begin every `slide`, cut wherever one begins or ends: at most two
/// slices for each slide. All times of a slice have the same windows. Windows and slices are known by where
/// they begin. Times beyond the range of 64 bits stay at its end.
class WindowSlices {
 public:
  WindowSlices(int64_t size, int64_t slide, int64_t offset) : size_(size), slide_(slide), offset_(offset) {}

  int64_t size() const { return size_; }
  int64_t slide() const { return slide_; }
  int64_t offset() const { return offset_; }

  struct Slice {
    int64_t begin;
    int64_t end;
  };
  Slice slice_of(int64_t time) const;
  /// The last window that a slice belongs to; none between windows.
  std::optional<int64_t> last_window_of(int64_t slice) const;
  int64_t first_window_of(int64_t slice) const { return first_window_behind(slice, size_); }
  /// The first window that ends behind a time.
  int64_t first_window_ending_behind(int64_t time) const;
  int64_t end_of(int64_t window) const;
  /// The largest timestamp that can belong to it.
  int64_t max_timestamp(int64_t window) const;

  /// Where a slice stands among all: they are numbered in order of time, without gaps.
  int64_t number_of(int64_t slice) const;
  struct Numbers {
    int64_t first;
    int64_t end;
  };
  /// The slices of a window, where windows overlap.
  Numbers slices_of(int64_t window) const;
  /// Those of them whose last window it is.
  Numbers slices_ending_with(int64_t window) const;

 private:
  int64_t first_window_behind(int64_t time, int64_t by) const;
  /// How far behind the begin of each window one that began before it ends; 0 where they do so at once.
  int64_t cut() const { return size_ < slide_ ? size_ : size_ % slide_; }

  int64_t size_;
  int64_t slide_;
  int64_t offset_;
};

}  // namespace pf
