#include "control/checkpoint/checkpoint_format.h"

#include <algorithm>

#include "base/crc32c.h"
#include "serde/bytes.h"

namespace pf {
namespace {

constexpr std::string_view kMetadata = "PFCK";
constexpr std::string_view kState = "PFST";
/// What `_metadata` of Apache Flink begins with.
constexpr std::string_view kFlinks = "\x49\x60\x67\x2d";
constexpr uint8_t kVersion = 4;
/// In which shared files are the job's own.
constexpr uint8_t kOldestVersion = 3;
constexpr uint8_t kVersionThatLocks = 4;

enum Part : uint8_t { kEnd = 0, kKeyed = 1, kBroadcast = 2, kLists = 3, kFiles = 4, kInFlight = 5 };
enum Place : uint8_t { kNothing = 0, kInline = 1, kFile = 2 };

void put_head(ByteWriter& out, std::string_view magic) {
  out.put_raw(magic);
  out.put_byte(kVersion);
}

void check_head(ByteReader& in, std::string_view magic, std::string_view what) {
  if (in.rest().substr(0, magic.size()) != magic) throw Error("these bytes are not " + std::string(what));
  in.get_raw(magic.size());
  uint8_t version = in.get_byte();
  if (version >= kOldestVersion && version <= kVersion) return;
  throw Error(std::string(what) + " is of version " + std::to_string(version) +
              ", and this release reads versions " + std::to_string(kOldestVersion) + " and " +
              std::to_string(kVersion));
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
    case kInFlight:
      return snapshot.in_flight ? &snapshot.in_flight->bytes() : nullptr;
    case kFiles:
    case kEnd:
      break;
  }
  return nullptr;
}

std::string encode_files(const KeyedFiles& files) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_varint(files.states.size());
  for (const KeyedFiles::State& state : files.states) {
    out.put_bytes(state.name);
    out.put_bytes(state.schema);
    out.put_byte(static_cast<uint8_t>((state.has_ttl ? 1 : 0) | (state.is_list ? 2 : 0)));
    out.put_bytes(state.family);
    out.put_byte(static_cast<uint8_t>(state.layout));
  }
  out.put_varint(files.shared.size());
  for (const KeyedFiles::Shared& shared : files.shared) {
    out.put_bytes(shared.name);
    out.put_bytes(shared.file.name);
    out.put_fixed64(shared.file.size);
    out.put_fixed32(shared.file.checksum);
  }
  out.put_varint(files.own.size());
  for (const auto& [name, content] : files.own) {
    out.put_bytes(name);
    out.put_bytes(content);
  }
  out.put_raw(files.rest->bytes());
  return bytes;
}

KeyedFiles decode_files(std::string_view bytes) {
  KeyedFiles files;
  ByteReader in(bytes);
  for (uint64_t left = in.get_varint(); left > 0; --left) {
    KeyedFiles::State& state = files.states.emplace_back();
    state.name = in.get_bytes();
    state.schema = in.get_bytes();
    const uint8_t flags = in.get_byte();
    state.has_ttl = (flags & 1) != 0;
    state.is_list = (flags & 2) != 0;
    state.family = in.get_bytes();
    const uint8_t layout = in.get_byte();
    if (layout > static_cast<uint8_t>(KeyedFiles::Layout::kTimes)) {
      throw Error("the state '" + state.name + "' has rows of a kind that this release doesn't know");
    }
    state.layout = static_cast<KeyedFiles::Layout>(layout);
  }
  for (uint64_t left = in.get_varint(); left > 0; --left) {
    KeyedFiles::Shared& shared = files.shared.emplace_back();
    shared.name = in.get_bytes();
    shared.file.name = in.get_bytes();
    shared.file.size = in.get_fixed64();
    shared.file.checksum = in.get_fixed32();
  }
  for (uint64_t left = in.get_varint(); left > 0; --left) {
    std::string name(in.get_bytes());
    files.own.emplace_back(std::move(name), in.get_bytes());
  }
  files.rest = std::make_shared<KeyedSnapshot>(std::string(in.rest()));
  return files;
}

/// The files that a checkpoint refers to.
std::set<std::string> shared_files_of(const Checkpoint& checkpoint) {
  std::set<std::string> names;
  for (const Checkpoint::Operator& op : checkpoint.operators) {
    for (const Checkpoint::Subtask& subtask : op.subtasks) {
      if (!subtask.state || !subtask.state->files) continue;
      for (const KeyedFiles::Shared& shared : subtask.state->files->shared) names.insert(shared.file.name);
    }
  }
  return names;
}

constexpr Part kParts[] = {kKeyed, kBroadcast, kLists, kInFlight};

}  // namespace

size_t encoded_size(const OperatorSnapshot& snapshot) {
  size_t size = 0;
  for (Part part : kParts) {
    if (const std::string* bytes = bytes_of(snapshot, part)) size += bytes->size();
  }
  if (!snapshot.files) return size;
  for (const auto& [name, bytes] : snapshot.files->own) size += bytes.size();
  return size + snapshot.files->rest->bytes().size() + 128 * snapshot.files->shared.size();
}

size_t size_with_shared(const OperatorSnapshot& snapshot) {
  size_t size = encoded_size(snapshot);
  if (!snapshot.files) return size;
  for (const KeyedFiles::Shared& shared : snapshot.files->shared) size += shared.file.size;
  return size;
}

std::string encode(const OperatorSnapshot& snapshot) {
  PF_CHECK(!snapshot.unwritten && !snapshot.unpacked);
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
  if (snapshot.files) {
    out.put_byte(kFiles);
    out.put_bytes(encode_files(*snapshot.files));
  }
  out.put_byte(kEnd);
  put_checksum(bytes);
  return bytes;
}

OperatorSnapshot decode_snapshot(std::string_view bytes, const UnpackFiles& unpack) {
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
      case kFiles:
        snapshot.unpacked = unpack(decode_files(of_part));
        break;
      case kInFlight:
        snapshot.in_flight = std::make_shared<InFlightSnapshot>(std::move(of_part));
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
  const std::set<std::string> shared = shared_files_of(checkpoint);
  out.put_varint(shared.size());
  for (const std::string& name : shared) out.put_bytes(name);
  put_checksum(bytes);
  return bytes;
}

namespace {

struct Metadata {
  Checkpoint checkpoint;
  std::set<std::string> shared;
};

Metadata decode_metadata(std::string_view bytes, const ReadState& read, const UnpackFiles& unpack,
                         const LoadOptions& options) {
  constexpr std::string_view kWhat = "the metadata of a checkpoint";
  ByteReader in(bytes);
  if (bytes.starts_with(kFlinks)) {
    throw Error(
        "it is a savepoint or checkpoint of Apache Flink, whose state is in formats of Java classes, and "
        "can't be read here: start the job without it, and let its sources read again what its state needs");
  }
  // First, so that another version is told from damage.
  check_head(in, kMetadata, kWhat);
  in = ByteReader(checked(bytes, kWhat));
  check_head(in, kMetadata, kWhat);
  Metadata metadata;
  Checkpoint& checkpoint = metadata.checkpoint;
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
    const bool is_needed = options.has_state_of(op.id);
    for (uint64_t subtasks = in.get_varint(); subtasks > 0; --subtasks) {
      Checkpoint::Subtask& subtask = op.subtasks.emplace_back();
      subtask.ended = in.get_byte() != 0;
      uint8_t place = in.get_byte();
      if (place == kInline) {
        std::string_view state = in.get_bytes();
        if (is_needed) subtask.state = std::make_shared<OperatorSnapshot>(decode_snapshot(state, unpack));
      } else if (place == kFile) {
        StateFile file;
        file.name = in.get_bytes();
        file.size = in.get_fixed64();
        file.checksum = in.get_fixed32();
        if (is_needed) subtask.state = std::make_shared<OperatorSnapshot>(read(file));
      }
    }
  }
  for (uint64_t left = in.get_varint(); left > 0; --left) {
    metadata.shared.emplace(in.get_bytes());
  }
  if (!in.at_end()) throw Error("the metadata of a checkpoint goes on beyond its end");
  return metadata;
}

}  // namespace

Checkpoint decode_checkpoint(std::string_view bytes, const ReadState& read, const UnpackFiles& unpack,
                             const LoadOptions& options) {
  return decode_metadata(bytes, read, unpack, options).checkpoint;
}

std::set<std::string> shared_files_of(std::string_view bytes) {
  const LoadOptions without_state{.needs = [](const std::string&) { return false; }};
  return decode_metadata(bytes, nullptr, nullptr, without_state).shared;
}

bool is_of_job_that_locks(std::string_view metadata) {
  return metadata.size() > kMetadata.size() &&
         static_cast<uint8_t>(metadata[kMetadata.size()]) >= kVersionThatLocks;
}

std::string checked_shared(std::string bytes, const SharedFile& file, const std::string& where) {
  if (bytes.size() == file.size && crc32c(bytes) == file.checksum) return bytes;
  throw Error(where + " is not the file that was written: " +
              (bytes.size() != file.size ? "its size" : "its checksum") + " is another one");
}

}  // namespace pf
