#pragma once

#include <cstdint>

// Apache Arrow's C data and C stream interface: the layout that all its implementations agree on, by which
// arrays go from library to library without a copy. See
// https://arrow.apache.org/docs/format/CDataInterface.html

extern "C" {

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

#endif  // ARROW_C_STREAM_INTERFACE

}  // extern "C"

namespace pf {

/// Owns one of the structures above, wherever it came from.
template <typename CStruct>
class ArrowOwned {
 public:
  ArrowOwned() : value_{} {}
  /// Takes over what `from` holds and marks it as released, as the interface asks.
  explicit ArrowOwned(CStruct* from) : value_(*from) { from->release = nullptr; }
  ArrowOwned(ArrowOwned&& other) noexcept : ArrowOwned(&other.value_) {}
  ArrowOwned& operator=(ArrowOwned&& other) noexcept {
    if (this != &other) {
      reset();
      value_ = other.value_;
      other.value_.release = nullptr;
    }
    return *this;
  }
  ~ArrowOwned() { reset(); }

  CStruct* get() { return &value_; }
  const CStruct& operator*() const { return value_; }
  const CStruct* operator->() const { return &value_; }
  explicit operator bool() const { return value_.release != nullptr; }
  /// Hands it over to `out`.
  void move_to(CStruct* out) {
    *out = value_;
    value_.release = nullptr;
  }

 private:
  void reset() {
    if (value_.release) value_.release(&value_);
    value_.release = nullptr;
  }

  CStruct value_;
};

}  // namespace pf
