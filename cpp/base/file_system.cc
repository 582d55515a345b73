#include "base/file_system.h"

#include <algorithm>
#include <unistd.h>

#include <sys/stat.h>

namespace pf {
namespace {

namespace fs = std::filesystem;

class LocalFileSystem final : public FileSystem {
 public:
  void make_folders(const std::string& folder) override { make_folders_durably(folder); }
  void write(const std::string& path, std::string_view bytes) override { write_durably(path, {bytes}); }

  std::optional<std::string> read(const std::string& path) const override {
    std::error_code failure;
    if (!fs::exists(path, failure) && !failure) return std::nullopt;
    return read_whole(path);
  }

  void remove(const std::string& path) override {
    std::error_code failure;
    fs::remove(path, failure);
    if (failure) throw FileError("cannot remove " + path + ": " + failure.message());
  }

  void remove_folder(const std::string& folder) override {
    std::error_code failure;
    fs::remove_all(folder, failure);
    if (failure) throw FileError("cannot remove " + folder + ": " + failure.message());
  }

  std::vector<Found> find(const std::string& folder, size_t levels) const override {
    std::vector<Found> found;
    add_files(folder, levels, found);
    return found;
  }

  FolderLock lock(const std::string& folder) const override { return FolderLock(folder); }

 private:
  /// Such as `lost+found`, which is none of ours.
  static bool is_of_somebody_else(const fs::path& folder) {
    struct stat about {};
    return ::stat(folder.c_str(), &about) == 0 && about.st_uid != ::geteuid();
  }
  static void add_files(const fs::path& folder, size_t levels, std::vector<Found>& found) {
    std::error_code failure;
    fs::directory_iterator at(folder, failure);
    for (const fs::directory_iterator end; !failure && at != end; at.increment(failure)) {
      std::error_code gone;
      if (at->is_regular_file(gone)) {
        found.push_back({at->path().string(), at->last_write_time(gone).time_since_epoch().count()});
      } else if (levels > 0 && at->is_directory(gone) && !at->is_symlink(gone)) {
        add_files(at->path(), levels - 1, found);
      }
    }
    // Somebody may have removed it meanwhile.
    if (!failure || failure == std::errc::no_such_file_or_directory) return;
    if (failure == std::errc::permission_denied && is_of_somebody_else(folder)) return;
    throw FileError("cannot list " + folder.string() + ": " + failure.message());
  }
};

}  // namespace

std::shared_ptr<FileSystem> local_file_system() {
  static const auto local = std::make_shared<LocalFileSystem>();
  return local;
}

std::string Location::name() const {
  const size_t end = path_.find_last_not_of('/') + 1;
  const size_t begin = end == 0 ? 0 : path_.rfind('/', end - 1) + 1;
  return path_.substr(begin, end - begin);
}

Location Location::operator/(std::string_view name) const {
  std::string path = path_;
  if (!path.ends_with('/')) path += '/';
  return {system_, path.append(name)};
}

Location Location::parent() const {
  const size_t end = path_.find_last_not_of('/');
  const size_t slash = end == std::string::npos ? end : path_.rfind('/', end);
  if (slash == std::string::npos) return {system_, "."};
  return {system_, path_.substr(0, std::max<size_t>(slash, 1))};
}

std::vector<Location::Found> Location::find(size_t levels) const {
  std::vector<Found> all;
  for (FileSystem::Found& found : system_->find(path_, levels)) {
    all.push_back({{system_, std::move(found.path)}, found.written});
  }
  return all;
}

}  // namespace pf
