#include "serde/element_bytes.h"

#include <numeric>
#include <string>
#include <utility>

#include "base/error.h"
#include "serde/row_bytes.h"
#include "serde/type_schema.h"

namespace pf {
namespace {

enum Kind : uint8_t { kBatch = 1, kWatermark = 2, kActive = 3, kIdle = 4 };
enum Layout : uint8_t { kNone = 0, kNative = 1, kOpaque = 2 };

const OpaqueColumns& known(const OpaqueColumns* opaque) {
  if (opaque) return *opaque;
  throw Error("records in flight are objects of a program in another language, which this one can't read");
}

void write_column(const ColumnPtr& column, const OpaqueColumns* opaque, ByteWriter& out) {
  if (!column) {
    out.put_byte(kNone);
  } else if (column->opaque()) {
    out.put_byte(kOpaque);
    known(opaque).write(*column, out);
  } else {
    out.put_byte(kNative);
    out.put_bytes(type_schema(*column->type()));
    std::vector<uint32_t> rows(column->size());
    std::iota(rows.begin(), rows.end(), 0);
    write_rows(*column, rows, out);
  }
}

ColumnPtr read_column(size_t rows, ByteReader& in, const OpaqueColumns* opaque) {
  ColumnPtr column;
  switch (in.get_byte()) {
    case kNone:
      return nullptr;
    case kNative: {
      TypeInfoPtr type = type_of_schema(in.get_bytes());
      if (!type) throw Error("records in flight are of a type that is no type: the bytes are damaged");
      column = read_rows(type, std::vector<ByteReader*>(rows, &in));
      break;
    }
    case kOpaque:
      column = known(opaque).read(in);
      break;
    default:
      throw Error("records in flight have a layout that this release doesn't know");
  }
  if (column->size() != rows) throw Error("a batch in flight lacks rows: the bytes are damaged");
  return column;
}

void write_batch(const Batch& batch, const OpaqueColumns* opaque, ByteWriter& out) {
  out.put_varint(batch.size());
  write_column(batch.values, opaque, out);
  write_column(batch.keys, opaque, out);
  out.put_byte(batch.timestamps ? 1 : 0);
  if (batch.timestamps) {
    for (int64_t timestamp : *batch.timestamps) out.put_ordered64(timestamp);
  }
  out.put_byte(batch.kinds ? 1 : 0);
  if (batch.kinds) {
    for (RowKind kind : *batch.kinds) out.put_byte(static_cast<uint8_t>(kind));
  }
}

Batch read_batch(ByteReader& in, const OpaqueColumns* opaque) {
  Batch batch;
  const size_t rows = in.get_varint();
  // Each row has a byte at least.
  if (rows > in.rest().size()) throw Error("a batch in flight is cut off: the bytes are damaged");
  batch.values = read_column(rows, in, opaque);
  if (!batch.values) throw Error("a batch in flight has no values: the bytes are damaged");
  batch.keys = read_column(rows, in, opaque);
  if (in.get_byte() != 0) {
    std::vector<int64_t> timestamps(rows);
    for (int64_t& timestamp : timestamps) timestamp = in.get_ordered64();
    batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::move(timestamps));
  }
  if (in.get_byte() != 0) {
    std::vector<RowKind> kinds(rows);
    for (RowKind& kind : kinds) kind = static_cast<RowKind>(in.get_byte() & 3);
    batch.kinds = std::make_shared<const std::vector<RowKind>>(std::move(kinds));
  }
  return batch;
}

}  // namespace

void write_element(const StreamElement& element, const OpaqueColumns* opaque, ByteWriter& out) {
  if (const auto* batch = std::get_if<Batch>(&element)) {
    out.put_byte(kBatch);
    write_batch(*batch, opaque, out);
  } else if (const auto* watermark = std::get_if<Watermark>(&element)) {
    out.put_byte(kWatermark);
    out.put_ordered64(watermark->timestamp);
  } else {
    out.put_byte(std::get<WatermarkStatus>(element).idle ? kIdle : kActive);
  }
}

StreamElement read_element(ByteReader& in, const OpaqueColumns* opaque) {
  switch (in.get_byte()) {
    case kBatch:
      return read_batch(in, opaque);
    case kWatermark:
      return Watermark{in.get_ordered64()};
    case kActive:
      return WatermarkStatus{false};
    case kIdle:
      return WatermarkStatus{true};
    default:
      throw Error("something is in flight that this release doesn't know");
  }
}

}  // namespace pf
