#include "base/file_system.h"

#include <algorithm>

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
    std::error_code ignored;
    const fs::recursive_directory_iterator end;
    for (fs::recursive_directory_iterator at(folder, ignored); !ignored && at != end; at.increment(ignored)) {
      if (static_cast<size_t>(at.depth()) == levels) at.disable_recursion_pending();
      if (!at->is_regular_file(ignored)) continue;
      found.push_back({at->path().string(), at->last_write_time(ignored).time_since_epoch().count()});
    }
    return found;
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
