#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/fault_point.h"
#include "control/checkpoint/checkpoint_format.h"
#include "control/checkpoint/checkpoint_storage.h"

namespace pf {
namespace {

constexpr std::string_view kMetadataName = "_metadata";
constexpr std::string_view kFolderPrefix = "chk-";
constexpr std::string_view kStatePrefix = "state-";
/// From the folder of all jobs to that of a checkpoint: <folder>/<job>/chk-<id>.
constexpr size_t kLevels = 2;

class FileCheckpointStorage final : public CheckpointStorage {
 public:
  FileCheckpointStorage(FileStorageOptions options, const JobId& job)
      : options_(std::move(options)), folder_(options_.folder / job.hex()) {}

  void store(const Checkpoint& checkpoint) override {
    store_checkpoint(checkpoint, folder_of(checkpoint.id), options_.inline_bytes);
  }

  Checkpoint load(uint64_t id) const override { return load_checkpoint(folder_of(id)); }

  void discard(uint64_t id) override {
    Location folder = folder_of(id);
    try {
      // First: what is half gone is no checkpoint.
      PFPP_FAULT("storage.discard");
      (folder / kMetadataName).remove();
      PFPP_FAULT("storage.half_discarded");
      folder.remove_folder();
    } catch (const FileError&) {  // it stays, and nothing depends on it
    }
  }

  std::string location(uint64_t id) const override { return folder_of(id).path(); }

 private:
  Location folder_of(uint64_t id) const {
    return folder_ / (std::string(kFolderPrefix) + std::to_string(id));
  }

  const FileStorageOptions options_;
  const Location folder_;
};

/// Plain names only: a file of a checkpoint lies beside its metadata.
OperatorSnapshot read_state(const Location& folder, const StateFile& file) {
  if (file.name.find('/') != std::string::npos || file.name.starts_with('.')) {
    throw Error("the metadata names a file outside of its folder: " + file.name);
  }
  const Location at = folder / file.name;
  std::optional<std::string> bytes = at.read();
  if (!bytes) throw Error(at.path() + " is gone");
  if (bytes->size() != file.size || crc32c(*bytes) != file.checksum) {
    throw Error(at.path() + " is not the file that was written: " +
                (bytes->size() != file.size ? "its size" : "its checksum") + " is another one");
  }
  return decode_snapshot(*bytes);
}

/// The number in `chk-<number>`.
std::optional<uint64_t> id_of(std::string_view folder_name) {
  if (!folder_name.starts_with(kFolderPrefix)) return std::nullopt;
  folder_name.remove_prefix(kFolderPrefix.size());
  uint64_t id = 0;
  const char* const end = folder_name.data() + folder_name.size();
  auto [read_to, failure] = std::from_chars(folder_name.data(), end, id);
  if (failure != std::errc() || read_to != end) return std::nullopt;
  return id;
}

}  // namespace

std::unique_ptr<CheckpointStorage> make_file_checkpoint_storage(FileStorageOptions options,
                                                                const JobId& job) {
  return std::make_unique<FileCheckpointStorage>(std::move(options), job);
}

void store_checkpoint(const Checkpoint& checkpoint, const Location& folder, size_t inline_bytes) {
  try {
    PFPP_FAULT("storage.begin");
    folder.make_folders();
    uint32_t files = 0;
    auto write = [&](const Checkpoint::Operator&, uint32_t, const OperatorSnapshot& state) {
      StateFile file;
      if (encoded_size(state) <= inline_bytes) return file;
      std::string bytes = encode(state);
      file = {std::string(kStatePrefix) + std::to_string(++files), bytes.size(), crc32c(bytes)};
      (folder / file.name).write(bytes);
      PFPP_FAULT("snapshot.after_upload");
      return file;
    };
    // Last: without it the folder is no checkpoint.
    (folder / kMetadataName).write(encode(checkpoint, write));
    PFPP_FAULT("storage.after_metadata");
  } catch (...) {
    try {
      folder.remove_folder();
    } catch (const FileError&) {  // the first failure says more
    }
    throw;
  }
}

void remove_checkpoint(const Location& folder) {
  try {
    // First: what is half gone is no checkpoint.
    (folder / kMetadataName).remove();
    bool is_empty = true;
    for (const auto& [file, written] : folder.find(kLevels)) {
      const bool is_state = file.name().starts_with(kStatePrefix);
      if (is_state) file.remove();
      is_empty = is_empty && is_state;
    }
    if (is_empty) folder.remove_folder();
  } catch (const FileError&) {  // it stays, and nothing depends on it
  }
}

Location checkpoint_folder(const Location& path) {
  return path.name() == kMetadataName ? path.parent() : path;
}

Checkpoint load_checkpoint(const Location& path) {
  Location folder = checkpoint_folder(path);
  PFPP_FAULT("storage.load");
  std::optional<std::string> bytes = (folder / kMetadataName).read();
  if (!bytes) {
    throw Error(folder.path() + " is no checkpoint: it has no file " + std::string(kMetadataName));
  }
  try {
    return decode_checkpoint(*bytes, [&](const StateFile& file) { return read_state(folder, file); });
  } catch (const FileError&) {
    throw;  // says nothing of the checkpoint
  } catch (const Error& error) {
    throw DamagedCheckpoint("cannot go on from " + folder.path() + ": " + error.what());
  }
}

std::vector<Location> find_checkpoints(const Location& folder) {
  // Of those that a file system's clock can't tell apart, the one with the higher id is the later one.
  std::map<std::tuple<int64_t, uint64_t, std::string>, Location, std::greater<>> latest_first;
  for (const auto& [file, written] : folder.find(kLevels)) {
    if (file.name() != kMetadataName) continue;
    Location checkpoint = file.parent();
    auto id = id_of(checkpoint.name());
    if (id) latest_first.emplace(std::tuple(written, *id, checkpoint.path()), checkpoint);
  }
  std::vector<Location> folders;
  for (const auto& [when, checkpoint] : latest_first) folders.push_back(checkpoint);
  return folders;
}

}  // namespace pf
