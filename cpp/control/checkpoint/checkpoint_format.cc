#include "control/checkpoint/checkpoint_format.h"

#include <algorithm>

#include "base/crc32c.h"
#include "serde/bytes.h"

namespace pf {
namespace {

constexpr std::string_view kMetadata = "PFCK";
constexpr std::string_view kState = "PFST";
constexpr uint8_t kVersion = 2;

enum Part : uint8_t { kEnd = 0, kKeyed = 1, kBroadcast = 2, kLists = 3 };
enum Place : uint8_t { kNothing = 0, kInline = 1, kFile = 2 };

void put_head(ByteWriter& out, std::string_view magic) {
  out.put_raw(magic);
  out.put_byte(kVersion);
}

void check_head(ByteReader& in, std::string_view magic, std::string_view what) {
  if (in.rest().substr(0, magic.size()) != magic) throw Error("these bytes are not " + std::string(what));
  in.get_raw(magic.size());
  uint8_t version = in.get_byte();
  if (version == kVersion) return;
  throw Error(std::string(what) + " is of version " + std::to_string(version) +
              ", and this release reads version " + std::to_string(kVersion));
}

void put_checksum(std::string& bytes) { ByteWriter(bytes).put_fixed32(crc32c(bytes)); }

/// Without the checksum at their end.
std::string_view checked(std::string_view bytes, std::string_view what) {
  constexpr size_t kBytes = 4;
  if (bytes.size() >= kBytes) {
    std::string_view all = bytes.substr(0, bytes.size() - kBytes);
    if (ByteReader(bytes.substr(all.size())).get_fixed32() == crc32c(all)) return all;
  }
  throw Error(std::string(what) + " is damaged: its checksum is wrong");
}

const std::string* bytes_of(const OperatorSnapshot& snapshot, Part part) {
  switch (part) {
    case kKeyed:
      return snapshot.keyed ? &snapshot.keyed->bytes() : nullptr;
    case kBroadcast:
      return snapshot.broadcast ? &snapshot.broadcast->bytes() : nullptr;
    case kLists:
      return snapshot.lists ? &snapshot.lists->bytes() : nullptr;
    case kEnd:
      break;
  }
  return nullptr;
}

constexpr Part kParts[] = {kKeyed, kBroadcast, kLists};

}  // namespace

size_t encoded_size(const OperatorSnapshot& snapshot) {
  size_t size = 0;
  for (Part part : kParts) {
    if (const std::string* bytes = bytes_of(snapshot, part)) size += bytes->size();
  }
  return size;
}

std::string encode(const OperatorSnapshot& snapshot) {
  std::string bytes;
  bytes.reserve(encoded_size(snapshot) + 64);
  ByteWriter out(bytes);
  put_head(out, kState);
  for (Part part : kParts) {
    const std::string* of_part = bytes_of(snapshot, part);
    if (!of_part) continue;
    out.put_byte(part);
    out.put_bytes(*of_part);
  }
  out.put_byte(kEnd);
  put_checksum(bytes);
  return bytes;
}

OperatorSnapshot decode_snapshot(std::string_view bytes) {
  constexpr std::string_view kWhat = "the state of a subtask";
  ByteReader in(checked(bytes, kWhat));
  check_head(in, kState, kWhat);
  OperatorSnapshot snapshot;
  for (;;) {
    uint8_t part = in.get_byte();
    if (part == kEnd && in.at_end()) return snapshot;
    std::string of_part(in.get_bytes());
    switch (part) {
      case kKeyed:
        snapshot.keyed = std::make_shared<KeyedSnapshot>(std::move(of_part));
        break;
      case kBroadcast:
        snapshot.broadcast = std::make_shared<KeyedSnapshot>(std::move(of_part));
        break;
      case kLists:
        snapshot.lists = std::make_shared<OperatorListSnapshot>(std::move(of_part));
        break;
      default:
        throw Error("the state of a subtask has a part that this release doesn't know: " +
                    std::to_string(part));
    }
  }
}

std::string encode(const Checkpoint& checkpoint, const WriteState& write) {
  std::string bytes;
  ByteWriter out(bytes);
  put_head(out, kMetadata);
  out.put_raw({reinterpret_cast<const char*>(checkpoint.job.bytes.data()), checkpoint.job.bytes.size()});
  out.put_fixed64(checkpoint.id);
  out.put_fixed32(checkpoint.attempt);
  out.put_ordered64(checkpoint.epoch_millis);
  out.put_varint(checkpoint.operators.size());
  for (const Checkpoint::Operator& op : checkpoint.operators) {
    out.put_bytes(op.id);
    out.put_bytes(op.name);
    out.put_fixed32(op.max_parallelism);
    out.put_bytes(op.key_type);
    out.put_varint(op.subtasks.size());
    for (uint32_t i = 0; i < op.subtasks.size(); ++i) {
      const Checkpoint::Subtask& subtask = op.subtasks[i];
      out.put_byte(subtask.ended ? 1 : 0);
      if (!subtask.state) {
        out.put_byte(kNothing);
      } else if (StateFile file = write(op, i, *subtask.state); file.name.empty()) {
        out.put_byte(kInline);
        out.put_bytes(encode(*subtask.state));
      } else {
        out.put_byte(kFile);
        out.put_bytes(file.name);
        out.put_fixed64(file.size);
        out.put_fixed32(file.checksum);
      }
    }
  }
  put_checksum(bytes);
  return bytes;
}

Checkpoint decode_checkpoint(std::string_view bytes, const ReadState& read) {
  constexpr std::string_view kWhat = "the metadata of a checkpoint";
  ByteReader in(bytes);
  // First, so that another version is told from damage.
  check_head(in, kMetadata, kWhat);
  in = ByteReader(checked(bytes, kWhat));
  check_head(in, kMetadata, kWhat);
  Checkpoint checkpoint;
  std::string_view job = in.get_raw(checkpoint.job.bytes.size());
  std::copy(job.begin(), job.end(), checkpoint.job.bytes.begin());
  checkpoint.id = in.get_fixed64();
  checkpoint.attempt = in.get_fixed32();
  checkpoint.epoch_millis = in.get_ordered64();
  for (uint64_t operators = in.get_varint(); operators > 0; --operators) {
    Checkpoint::Operator& op = checkpoint.operators.emplace_back();
    op.id = in.get_bytes();
    op.name = in.get_bytes();
    op.max_parallelism = in.get_fixed32();
    op.key_type = in.get_bytes();
    for (uint64_t subtasks = in.get_varint(); subtasks > 0; --subtasks) {
      Checkpoint::Subtask& subtask = op.subtasks.emplace_back();
      subtask.ended = in.get_byte() != 0;
      uint8_t place = in.get_byte();
      if (place == kInline) {
        subtask.state = std::make_shared<OperatorSnapshot>(decode_snapshot(in.get_bytes()));
      } else if (place == kFile) {
        StateFile file;
        file.name = in.get_bytes();
        file.size = in.get_fixed64();
        file.checksum = in.get_fixed32();
        subtask.state = std::make_shared<OperatorSnapshot>(read(file));
      }
    }
  }
  if (!in.at_end()) throw Error("the metadata of a checkpoint goes on beyond its end");
  return checkpoint;
}

}  // namespace pf
