#include "state/rocksdb/scratch_env.h"

#include <memory>

#include <rocksdb/file_system.h>

namespace pf {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class UnsyncedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }
};

class UnsyncedDirectory final : public rocksdb::FSDirectory {
 public:
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
};

class ScratchFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "pyflinkpp.ScratchFileSystem"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSWritableFile> opened;
    IOStatus status = target()->NewWritableFile(name, options, &opened, debug);
    if (status.ok()) *file = std::make_unique<UnsyncedFile>(std::move(opened));
    return status;
  }
  IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSWritableFile> opened;
    IOStatus status = target()->ReopenWritableFile(name, options, &opened, debug);
    if (status.ok()) *file = std::make_unique<UnsyncedFile>(std::move(opened));
    return status;
  }
  IOStatus NewDirectory(const std::string&, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext*) override {
    *directory = std::make_unique<UnsyncedDirectory>();
    return IOStatus::OK();
  }
};

}  // namespace

rocksdb::Env* scratch_env() {
  // Never destroyed: RocksDB's threads may outlive whatever is destroyed at exit.
  static rocksdb::Env* env =
      rocksdb::NewCompositeEnv(std::make_shared<ScratchFileSystem>(rocksdb::FileSystem::Default())).release();
  return env;
}

}  // namespace pf
