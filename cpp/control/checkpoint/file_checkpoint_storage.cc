#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <set>
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
/// Beside the folders of the checkpoints that refer to its files.
constexpr std::string_view kSharedFolder = "shared";
/// From the folder of all jobs to that of a checkpoint: <folder>/<job>/chk-<id>.
constexpr size_t kLevels = 2;

/// Of a file that a checkpoint's metadata names: plain names only.
Location named_in(const Location& folder, const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name.starts_with('.')) {
    throw Error("the metadata names a file outside of its folder: " + name);
  }
  return folder / name;
}

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

  void put_shared(const std::string& name, std::string_view bytes) override {
    if (!std::exchange(has_shared_folder_, true)) (folder_ / kSharedFolder).make_folders();
    PFPP_FAULT("storage.put_shared");
    named_in(folder_ / kSharedFolder, name).write(bytes);
  }

  void remove_shared(const std::string& name) override {
    try {
      PFPP_FAULT("storage.remove_shared");
      named_in(folder_ / kSharedFolder, name).remove();
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
  bool has_shared_folder_ = false;
};

std::string read_file(const Location& folder, const SharedFile& file) {
  const Location at = named_in(folder, file.name);
  std::optional<std::string> bytes = at.read();
  if (!bytes) throw Error(at.path() + " is gone");
  return checked_shared(std::move(*bytes), file, at.path());
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

/// Removes the shared files that only the checkpoint of that metadata refers to, of those beside it.
void remove_shared_files(const Location& folder, std::string_view metadata) {
  try {
    std::set<std::string> unneeded = shared_files_of(metadata);
    if (unneeded.empty()) return;
    for (const auto& [file, written] : folder.parent().find(1)) {
      if (file.name() != kMetadataName) continue;
      std::optional<std::string> other = file.read();
      if (!other) continue;
      for (const std::string& name : shared_files_of(*other)) unneeded.erase(name);
    }
    for (const std::string& name : unneeded) named_in(folder.parent() / kSharedFolder, name).remove();
  } catch (const Error&) {  // where a checkpoint can't be read, nobody knows what it shares
  }
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
    const std::optional<std::string> metadata = (folder / kMetadataName).read();
    // First: what is half gone is no checkpoint.
    (folder / kMetadataName).remove();
    if (metadata) remove_shared_files(folder, *metadata);
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
    const Location shared = folder.parent() / kSharedFolder;
    auto read_shared = [&](const SharedFile& file) { return read_file(shared, file); };
    auto read_state = [&](const StateFile& file) {
      return decode_snapshot(read_file(folder, file), read_shared);
    };
    return decode_checkpoint(*bytes, read_state, read_shared);
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
