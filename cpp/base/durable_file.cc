#include "base/durable_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <sys/stat.h>

#include "base/error.h"
#include "base/fault_point.h"

namespace pf {
namespace {

[[noreturn]] void fail(const char* verb, const std::filesystem::path& path) {
  std::string reason = std::strerror(errno);
  throw FileError(std::string("cannot ") + verb + " " + path.string() + ": " + reason);
}

/// An open file, closed at the latest when it goes.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags, const char* verb)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (number_ < 0) fail(verb, path);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int number() const { return number_; }
  /// Some systems tell only now that there was no room.
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

void sync_folder(const std::filesystem::path& folder) {
  PFPP_FAULT("file.sync_folder");
  Descriptor opened(folder, O_RDONLY | O_DIRECTORY, "open");
  if (::fsync(opened.number()) != 0) fail("sync", folder);
}

void write_all(const Descriptor& file, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

void write_durably(const std::filesystem::path& path, std::initializer_list<std::string_view> parts) {
  std::filesystem::path unfinished = path;
  unfinished += ".unfinished";
  try {
    Descriptor file(unfinished, O_WRONLY | O_CREAT | O_TRUNC, "create");
    PFPP_FAULT("file.write");
    for (std::string_view part : parts) write_all(file, part, unfinished);
    PFPP_FAULT("file.sync");
    if (::fsync(file.number()) != 0) fail("sync", unfinished);
    if (!file.close()) fail("close", unfinished);
    PFPP_FAULT("file.rename");
    if (::rename(unfinished.c_str(), path.c_str()) != 0) fail("rename", unfinished);
  } catch (...) {
    ::unlink(unfinished.c_str());
    throw;
  }
  sync_folder(path.parent_path().empty() ? "." : path.parent_path());
}

void make_folders_durably(const std::filesystem::path& folder) {
  if (folder.empty() || std::filesystem::is_directory(folder)) return;
  make_folders_durably(folder.parent_path());
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) fail("make the folder", folder);
  sync_folder(folder.parent_path().empty() ? "." : folder.parent_path());
}

std::string read_whole(const std::filesystem::path& path) {
  Descriptor file(path, O_RDONLY, "open");
  struct stat about {};
  if (::fstat(file.number(), &about) != 0) fail("look at", path);
  std::string bytes(static_cast<size_t>(about.st_size), '\0');
  size_t had = 0;
  while (had < bytes.size()) {
    ssize_t got = ::read(file.number(), bytes.data() + had, bytes.size() - had);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", path);
    if (got == 0) break;  // it has become shorter
    had += static_cast<size_t>(got);
  }
  bytes.resize(had);
  return bytes;
}

}  // namespace pf
