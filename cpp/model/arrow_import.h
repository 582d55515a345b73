#pragma once

#include <memory>

#include "model/arrow_c_data.h"
#include "model/column.h"

namespace pf {

/// An array that somebody else made; columns that borrow its memory keep it alive.
using SharedArrowArray = std::shared_ptr<const ArrowOwned<ArrowArray>>;

/// Reads arrays of one Arrow type as columns. Fixed-width values and text are borrowed from the array, all
/// that Arrow lays out in another way is copied. Immutable; arrays may be read by any thread.
class ArrowReader {
 public:
  virtual ~ArrowReader() = default;

  /// Throws Error naming the field and its Arrow type where there is no type for it here.
  static std::unique_ptr<const ArrowReader> of(const ArrowSchema& schema);

  /// The type of the columns: structs become rows with the names of their fields.
  const TypeInfoPtr& type() const { return type_; }
  /// The `rows` rows from `begin` on. Throws Error for a value that the type can't hold.
  ColumnPtr read(const SharedArrowArray& array, int64_t begin, int64_t rows) const;

 protected:
  struct Slice {
    const ArrowArray& array;
    /// Of the first row, counted from the begin of the array's buffers.
    int64_t begin;
    int64_t rows;
    const SharedArrowArray& owner;
  };

  explicit ArrowReader(TypeInfoPtr type) : type_(std::move(type)) {}
  virtual ColumnPtr read(const Slice& slice) const = 0;
  /// Of a child, whose own offset comes on top of its parent's.
  static ColumnPtr read_child(const ArrowReader& reader, const ArrowArray& child, int64_t begin, int64_t rows,
                              const SharedArrowArray& owner) {
    return reader.read(Slice{child, child.offset + begin, rows, owner});
  }
  static Validity validity_of(const Slice& slice);

 private:
  TypeInfoPtr type_;
};

using ReaderPtr = std::unique_ptr<const ArrowReader>;

template <typename T>
const T* buffer_of(const ArrowArray& array, int64_t index) {
  return static_cast<const T*>(array.buffers[index]);
}

}  // namespace pf
