#include "state/keyed_snapshot.h"

#include <utility>

namespace pf {
namespace {

constexpr std::string_view kMagic = "PFKS";
constexpr uint8_t kVersion = 1;
/// Of the size of a state's rows, which goes before them.
constexpr size_t kSizeBytes = 8;
enum : uint8_t { kEnd = 0, kState = 1 };
enum : uint8_t { kHasTtl = 1, kIsList = 2 };

}  // namespace

KeyedSnapshot::KeyedSnapshot(std::string bytes) : bytes_(std::move(bytes)) {
  ByteReader in(bytes_);
  if (bytes_.size() <= kMagic.size() || in.get_raw(kMagic.size()) != kMagic) {
    throw Error("this is no snapshot of keyed state: its first bytes are not 'PFKS'");
  }
  uint8_t version = in.get_byte();
  if (version != kVersion) {
    throw Error("the snapshot of keyed state has version " + std::to_string(version) +
                ", and this release reads version " + std::to_string(kVersion) +
                "; use a release that knows it");
  }
  max_parallelism_ = in.get_fixed32();
  while (in.get_byte() == kState) {
    State state;
    state.name = in.get_bytes();
    state.schema = in.get_bytes();
    uint8_t flags = in.get_byte();
    state.has_ttl = (flags & kHasTtl) != 0;
    state.is_list = (flags & kIsList) != 0;
    state.rows = in.get_raw(in.get_fixed64());
    states_.push_back(std::move(state));
  }
  if (!in.at_end()) throw Error("a snapshot of keyed state goes on behind its end: the bytes are damaged");
}

void KeyedSnapshot::for_each_row(const State& state,
                                 const std::function<void(const KeyedRow&)>& visitor) const {
  for (ByteReader in(state.rows); !in.at_end();) visitor(read_row(in));
}

void KeyedSnapshot::for_each_row(const std::string& name, KeyGroups groups,
                                 const KeyedRowVisitor& visitor) const {
  for (const State& state : states_) {
    if (state.name != name) continue;
    for_each_row(state, [&](const KeyedRow& row) {
      if (groups.contains(row.key_group)) visitor(state, row);
    });
  }
}

void append_row(const KeyedRow& row, std::string& bytes) {
  ByteWriter out(bytes);
  out.put_byte(static_cast<uint8_t>(row.key_group >> 8));
  out.put_byte(static_cast<uint8_t>(row.key_group));
  out.put_bytes(row.entry);
  out.put_bytes(row.map_key);
  out.put_bytes(row.value);
}

KeyedRow read_row(ByteReader& in) {
  KeyedRow row;
  row.key_group = in.get_byte();
  row.key_group = row.key_group << 8 | in.get_byte();
  row.entry = in.get_bytes();
  row.map_key = in.get_bytes();
  row.value = in.get_bytes();
  return row;
}

KeyedRow stored_row(std::string_view key, std::string_view value) {
  ByteReader in(key);
  KeyedRow row;
  row.key_group = in.get_byte();
  row.key_group = row.key_group << 8 | in.get_byte();
  row.entry = in.rest();
  in.get_bytes();
  in.get_bytes();
  row.map_key = in.rest();
  row.entry.remove_suffix(row.map_key.size());
  row.value = value;
  return row;
}

KeyedSnapshotWriter::KeyedSnapshotWriter(uint32_t max_parallelism) {
  ByteWriter out(bytes_);
  out.put_raw(kMagic);
  out.put_byte(kVersion);
  out.put_fixed32(max_parallelism);
}

void KeyedSnapshotWriter::begin_state(const KeyedStateInfo& info) {
  end_state();
  ByteWriter out(bytes_);
  out.put_byte(kState);
  out.put_bytes(info.name);
  out.put_bytes(info.schema);
  out.put_byte(static_cast<uint8_t>((info.has_ttl ? kHasTtl : 0) | (info.is_list ? kIsList : 0)));
  rows_from_ = bytes_.size() + kSizeBytes;
  bytes_.resize(*rows_from_);
}

void KeyedSnapshotWriter::end_state() {
  if (!rows_from_) return;
  std::string size;
  ByteWriter(size).put_fixed64(bytes_.size() - *rows_from_);
  bytes_.replace(*rows_from_ - kSizeBytes, kSizeBytes, size);
  rows_from_.reset();
}

std::string KeyedSnapshotWriter::finish() {
  end_state();
  ByteWriter(bytes_).put_byte(kEnd);
  return std::move(bytes_);
}

}  // namespace pf
