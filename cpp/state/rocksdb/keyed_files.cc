#include "state/keyed_files.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/durable_file.h"
#include "base/error.h"
#include "state/rocksdb/read_only_database.h"
#include "state/rocksdb/scratch_directory.h"

namespace pf {
namespace {

namespace fs = std::filesystem;

/// No damage of the checkpoint, but a disk that is full or may not be written.
[[noreturn]] void fail_to_unpack(const fs::path& where, const std::error_code& why) {
  throw FileError(
      "a checkpoint can't be unpacked in '" + where.string() + "': " + why.message() +
      "; make room there, or set state.backend.rocksdb.localdir, or TMPDIR where that isn't set, to "
      "a directory that can be written, on a disk with room");
}

void write_file(const fs::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) fail_to_unpack(path.parent_path(), {errno, std::generic_category()});
}

void copy_to(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  if (!fs::copy_file(from, to, failure) && failure) fail_to_unpack(to.parent_path(), failure);
}

/// A name that comes out of a checkpoint.
fs::path path_in(const fs::path& directory, const std::string& name) {
  if (name.empty() || fs::path(name).filename() != name || name.starts_with('.')) {
    throw Error("a checkpoint has a file of RocksDB with the name '" + name + "'");
  }
  return directory / name;
}

/// What the keys of a key group begin with.
std::string key_of(uint32_t group) { return {static_cast<char>(group >> 8), static_cast<char>(group)}; }

KeyedRow row_of_time(std::string_view key, std::string_view value) {
  constexpr size_t kTimeBytes = 8;
  ByteReader in(value);
  KeyedRow row;
  row.key_group = in.get_byte();
  row.key_group = row.key_group << 8 | in.get_byte();
  ByteReader of_key(key);
  row.map_key = of_key.get_raw(kTimeBytes);
  row.entry = of_key.rest();
  return row;
}

}  // namespace

class UnpackedFiles::Directory {
 public:
  explicit Directory(const fs::path& parent) : scratch_(made_in(parent)) {}
  const fs::path& path() const { return scratch_.path(); }

 private:
  static ScratchDirectory made_in(const fs::path& parent) {
    static std::once_flag cleaned_up;
    std::call_once(cleaned_up,
                   [] { ScratchDirectory::remove_abandoned(temporary_folder(), kScratchPrefix); });
    try {
      return ScratchDirectory::in(parent, kScratchPrefix);
    } catch (const std::system_error& error) {
      fail_to_unpack(parent, error.code());
    }
  }
  const ScratchDirectory scratch_;
};

UnpackedFiles::UnpackedFiles(KeyedFiles files, const ReadShared& read, const fs::path& folder)
    : files_(std::move(files)), folder_(folder), directory_(std::make_unique<Directory>(folder_)) {
  for (auto& [name, bytes] : files_.own) {
    write_file(path_in(directory_->path(), name), std::exchange(bytes, {}));
  }
  for (const KeyedFiles::Shared& shared : files_.shared) {
    write_file(path_in(directory_->path(), shared.name), read(shared.file));
  }
}

UnpackedFiles::~UnpackedFiles() = default;

void UnpackedFiles::put_into(const fs::path& directory) const {
  // RocksDB goes on writing some of these.
  for (const auto& [name, bytes] : files_.own) copy_to(directory_->path() / name, directory / name);
  for (const KeyedFiles::Shared& shared : files_.shared) {
    std::error_code elsewhere;
    fs::create_hard_link(directory_->path() / shared.name, directory / shared.name, elsewhere);
    if (elsewhere) copy_to(directory_->path() / shared.name, directory / shared.name);
  }
}

std::vector<KeyedStateInfo> UnpackedFiles::states() const {
  std::vector<KeyedStateInfo> states(files_.states.begin(), files_.states.end());
  states.insert(states.end(), files_.rest->states().begin(), files_.rest->states().end());
  return states;
}

std::shared_ptr<const ReadOnlyDatabase> UnpackedFiles::opened() const {
  std::lock_guard lock(opening_);
  auto database = opened_.lock();
  if (!database) opened_ = database = std::make_shared<ReadOnlyDatabase>(directory_->path());
  return database;
}

void UnpackedFiles::for_each_row(const std::string& name, KeyGroups groups,
                                 const KeyedRowVisitor& visitor) const {
  for (const KeyedFiles::State& state : files_.states) {
    if (state.name != name) continue;
    if (state.layout == KeyedFiles::Layout::kTimes) {
      opened()->scan(state.family, {}, {}, [&](std::string_view key, std::string_view value) {
        const KeyedRow row = row_of_time(key, value);
        if (groups.contains(row.key_group)) visitor(state, row);
      });
    } else {
      opened()->scan(
          state.family, key_of(groups.first), key_of(groups.end),
          [&](std::string_view key, std::string_view value) { visitor(state, stored_row(key, value)); });
    }
  }
  files_.rest->for_each_row(name, groups, visitor);
}

}  // namespace pf
