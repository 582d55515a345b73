#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pf {

/// The values of a column, which never change: its own, or borrowed from memory that somebody else made.
/// `Own` is the container that own values come in.
template <typename T, typename Own = std::vector<T>>
class Buffer {
 public:
  Buffer(Own values) : own_(std::move(values)), data_(own_.data()), size_(own_.size()) {}
  Buffer(std::initializer_list<T> values) : Buffer(Own(values)) {}
  /// `owner` keeps the values alive.
  Buffer(std::span<const T> values, std::shared_ptr<const void> owner)
      : owner_(std::move(owner)), data_(values.data()), size_(values.size()) {}
  Buffer(Buffer&& other) noexcept
      : own_(std::move(other.own_)),
        owner_(std::move(other.owner_)),
        data_(owner_ ? other.data_ : own_.data()),
        size_(other.size_) {}
  Buffer& operator=(Buffer&&) = delete;

  const T* data() const { return data_; }
  size_t size() const { return size_; }
  const T& operator[](size_t index) const { return data_[index]; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  std::span<const T> span() const { return {data_, size_}; }
  friend bool operator==(const Buffer& a, const Own& b) { return std::ranges::equal(a.span(), b); }

 private:
  Own own_;
  std::shared_ptr<const void> owner_;
  const T* data_;
  size_t size_;
};

}  // namespace pf
