#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "model/column.h"

namespace pf {

enum class RowKind : uint8_t { kInsert, kUpdateBefore, kUpdateAfter, kDelete };

inline constexpr int64_t kMinTimestamp = std::numeric_limits<int64_t>::min();
inline constexpr int64_t kMaxTimestamp = std::numeric_limits<int64_t>::max();

/// The unit of flow: rows that travel together. Copying a batch shares its columns.
struct Batch {
  ColumnPtr values;
  /// The key of each row, from `key_by` to the keyed operator behind it; null elsewhere.
  ColumnPtr keys;
  /// Event time of each row in milliseconds since the epoch; null when no row has one.
  std::shared_ptr<const std::vector<int64_t>> timestamps;
  /// Changelog kind of each row; null when all are inserts.
  std::shared_ptr<const std::vector<RowKind>> kinds;

  size_t size() const { return values->size(); }
  /// kMinTimestamp where the row has none.
  int64_t timestamp_of(size_t row) const { return timestamps ? (*timestamps)[row] : kMinTimestamp; }
  std::optional<int64_t> timestamp_if_set(size_t row) const {
    const int64_t timestamp = timestamp_of(row);
    return timestamp == kMinTimestamp ? std::nullopt : std::optional(timestamp);
  }
  Batch select(std::span<const uint32_t> rows) const;
  /// Takes values of its own where a reader's changes would be somebody else's. Throws NotCopyable.
  void detach(Detach which) {
    if (ColumnPtr own = values->detached(which)) values = std::move(own);
  }
};

/// A promise: no row at or before this event time follows. In milliseconds since the epoch.
struct Watermark {
  int64_t timestamp = kMinTimestamp;
};

/// Whether a channel takes part in the minimum of watermarks.
struct WatermarkStatus {
  bool idle = false;
};

/// The line between two epochs of a stream: what is before belongs to the checkpoint.
struct Barrier {
  uint64_t checkpoint = 0;
  uint32_t attempt = 0;
  int64_t epoch_millis = 0;
  /// The job stops here: nothing moves behind it, unless the checkpoint is given up.
  bool stops = false;
  /// The checkpoint is a savepoint: see SnapshotContext.
  bool savepoint = false;
  /// From this time on, in milliseconds since the epoch, it may overtake what is before it on its way, which
  /// then belongs to the checkpoint.
  int64_t overtakes_at = kMaxTimestamp;
};

/// Nothing follows on this channel.
struct EndOfInput {};

using StreamElement = std::variant<Batch, Watermark, WatermarkStatus, Barrier, EndOfInput>;

}  // namespace pf
