#include "state/operator_list_snapshot.h"

#include <utility>

#include "serde/bytes.h"

namespace pf {
namespace {

constexpr std::string_view kMagic = "PFOL";
constexpr uint8_t kVersion = 1;
enum : uint8_t { kEnd = 0, kState = 1 };

}  // namespace

OperatorListSnapshot::OperatorListSnapshot(std::string bytes) : bytes_(std::move(bytes)) {
  ByteReader in(bytes_);
  if (bytes_.size() <= kMagic.size() || in.get_raw(kMagic.size()) != kMagic) {
    throw Error("this is no snapshot of list state: its first bytes are not 'PFOL'");
  }
  uint8_t version = in.get_byte();
  if (version != kVersion) {
    throw Error("the snapshot of list state has version " + std::to_string(version) +
                ", and this release reads version " + std::to_string(kVersion) +
                "; use a release that knows it");
  }
  while (in.get_byte() == kState) {
    State state;
    state.name = in.get_bytes();
    state.schema = in.get_bytes();
    uint8_t redistribution = in.get_byte();
    if (redistribution > static_cast<uint8_t>(Redistribution::kUnion)) {
      throw Error("the list state '" + state.name + "' is neither split nor united: the bytes are damaged");
    }
    state.redistribution = static_cast<Redistribution>(redistribution);
    for (uint64_t left = in.get_varint(); left > 0; --left) state.items.push_back(in.get_bytes());
    states_.push_back(std::move(state));
  }
  if (!in.at_end()) throw Error("a snapshot of list state goes on behind its end: the bytes are damaged");
}

const OperatorListSnapshot::State* OperatorListSnapshot::find(std::string_view name) const {
  for (const State& state : states_) {
    if (state.name == name) return &state;
  }
  return nullptr;
}

OperatorListSnapshotWriter::OperatorListSnapshotWriter() {
  ByteWriter out(bytes_);
  out.put_raw(kMagic);
  out.put_byte(kVersion);
}

void OperatorListSnapshotWriter::begin_state(std::string_view name, std::string_view schema,
                                             Redistribution redistribution, size_t items) {
  ByteWriter out(bytes_);
  out.put_byte(kState);
  out.put_bytes(name);
  out.put_bytes(schema);
  out.put_byte(static_cast<uint8_t>(redistribution));
  out.put_varint(items);
}

void OperatorListSnapshotWriter::add_item(std::string_view item) { ByteWriter(bytes_).put_bytes(item); }

std::string OperatorListSnapshotWriter::finish() {
  ByteWriter(bytes_).put_byte(kEnd);
  return std::move(bytes_);
}

}  // namespace pf
