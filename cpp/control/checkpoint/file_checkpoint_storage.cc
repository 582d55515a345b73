#include <algorithm>
#include <tuple>
#include <utility>

#include "base/crc32c.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "base/fault_point.h"
#include "control/checkpoint/checkpoint_format.h"
#include "control/checkpoint/checkpoint_storage.h"

namespace pf {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMetadataName = "_metadata";
constexpr std::string_view kFolderPrefix = "chk-";
constexpr std::string_view kStatePrefix = "state-";

class FileCheckpointStorage final : public CheckpointStorage {
 public:
  FileCheckpointStorage(FileStorageOptions options, const JobId& job)
      : options_(std::move(options)), folder_(options_.folder / job.hex()) {}

  void store(const Checkpoint& checkpoint) override {
    store_checkpoint(checkpoint, folder_of(checkpoint.id), options_.inline_bytes);
  }

  Checkpoint load(uint64_t id) const override { return load_checkpoint(folder_of(id)); }

  void discard(uint64_t id) override {
    fs::path folder = folder_of(id);
    std::error_code ignored;
    // First: what is half gone is no checkpoint.
    PFPP_FAULT("storage.discard");
    fs::remove(folder / kMetadataName, ignored);
    PFPP_FAULT("storage.half_discarded");
    fs::remove_all(folder, ignored);
  }

  std::string location(uint64_t id) const override { return folder_of(id).string(); }

 private:
  fs::path folder_of(uint64_t id) const {
    return folder_ / (std::string(kFolderPrefix) + std::to_string(id));
  }

  const FileStorageOptions options_;
  const fs::path folder_;
};

/// Plain names only: a file of a checkpoint lies beside its metadata.
OperatorSnapshot read_state(const fs::path& folder, const StateFile& file) {
  if (fs::path(file.name).filename() != file.name || file.name.starts_with('.')) {
    throw Error("the metadata names a file outside of its folder: " + file.name);
  }
  std::string bytes = read_whole(folder / file.name);
  if (bytes.size() != file.size || crc32c(bytes) != file.checksum) {
    throw Error((folder / file.name).string() + " is not the file that was written: " +
                (bytes.size() != file.size ? "its size" : "its checksum") + " is another one");
  }
  return decode_snapshot(bytes);
}

}  // namespace

std::unique_ptr<CheckpointStorage> make_file_checkpoint_storage(FileStorageOptions options,
                                                                const JobId& job) {
  return std::make_unique<FileCheckpointStorage>(std::move(options), job);
}

void store_checkpoint(const Checkpoint& checkpoint, const fs::path& folder, size_t inline_bytes) {
  try {
    PFPP_FAULT("storage.begin");
    make_folders_durably(folder);
    uint32_t files = 0;
    auto write = [&](const Checkpoint::Operator&, uint32_t, const OperatorSnapshot& state) {
      StateFile file;
      if (encoded_size(state) <= inline_bytes) return file;
      std::string bytes = encode(state);
      file = {std::string(kStatePrefix) + std::to_string(++files), bytes.size(), crc32c(bytes)};
      write_durably(folder / file.name, {bytes});
      PFPP_FAULT("snapshot.after_upload");
      return file;
    };
    // Last: without it the folder is no checkpoint.
    write_durably(folder / kMetadataName, {encode(checkpoint, write)});
    PFPP_FAULT("storage.after_metadata");
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    throw;
  }
}

void remove_checkpoint(const fs::path& folder) {
  std::error_code ignored;
  // First: what is half gone is no checkpoint.
  fs::remove(folder / kMetadataName, ignored);
  std::vector<fs::path> states;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().starts_with(kStatePrefix)) states.push_back(entry.path());
  }
  for (const fs::path& state : states) fs::remove(state, ignored);
  fs::remove(folder, ignored);
}

fs::path checkpoint_folder(const fs::path& path) {
  return path.filename() == kMetadataName ? path.parent_path() : path;
}

Checkpoint load_checkpoint(const fs::path& path) {
  fs::path folder = checkpoint_folder(path);
  PFPP_FAULT("storage.load");
  if (!fs::is_regular_file(folder / kMetadataName)) {
    throw Error(folder.string() + " is no checkpoint: it has no file " + kMetadataName);
  }
  std::string bytes = read_whole(folder / kMetadataName);
  try {
    return decode_checkpoint(bytes, [&](const StateFile& file) { return read_state(folder, file); });
  } catch (const Error& error) {
    throw DamagedCheckpoint("cannot go on from " + folder.string() + ": " + error.what());
  }
}

std::vector<fs::path> find_checkpoints(const fs::path& folder) {
  // Of those that a file system's clock can't tell apart, the one with the higher id is the later one.
  std::vector<std::tuple<fs::file_time_type, size_t, fs::path>> found;
  std::error_code ignored;
  const fs::recursive_directory_iterator end;
  for (fs::recursive_directory_iterator at(folder, ignored); !ignored && at != end; at.increment(ignored)) {
    if (at.depth() == 2) at.disable_recursion_pending();  // <folder>/<job>/chk-<id>/_metadata
    if (at->path().filename() == kMetadataName && at->is_regular_file(ignored)) {
      fs::path checkpoint = at->path().parent_path();
      size_t digits = checkpoint.filename().native().size();
      found.emplace_back(at->last_write_time(ignored), digits, std::move(checkpoint));
    }
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<fs::path> folders;
  for (auto& [time, digits, path] : found) folders.push_back(std::move(path));
  return folders;
}

}  // namespace pf
