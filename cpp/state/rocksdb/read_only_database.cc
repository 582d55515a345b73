#include "state/rocksdb/read_only_database.h"

#include <rocksdb/cache.h>
#include <rocksdb/table.h>

#include "base/error.h"
#include "state/rocksdb/list_append.h"
#include "state/rocksdb/scratch_env.h"

namespace pf {
namespace {

constexpr size_t kCacheBytes = 4 << 20;
/// Each open file has its index in memory.
constexpr int kOpenFiles = 64;

void check(const rocksdb::Status& status) {
  if (status.ok()) return;
  throw Error("RocksDB can't read the files of a checkpoint: " + status.ToString());
}

}  // namespace

ReadOnlyDatabase::ReadOnlyDatabase(const std::filesystem::path& directory) {
  rocksdb::Options options;
  options.env = scratch_env();
  options.info_log_level = rocksdb::InfoLogLevel::FATAL_LEVEL;
  options.max_open_files = kOpenFiles;
  options.skip_stats_update_on_db_open = true;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kCacheBytes);
  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.merge_operator = std::make_shared<ListAppend>();
  std::vector<std::string> names;
  check(rocksdb::DB::ListColumnFamilies(options, directory.string(), &names));
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, family);
  rocksdb::DB* opened = nullptr;
  check(rocksdb::DB::OpenForReadOnly(options, directory.string(), families, &families_, &opened));
  db_.reset(opened);
}

ReadOnlyDatabase::~ReadOnlyDatabase() {
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
}

void ReadOnlyDatabase::scan(const std::string& family, std::string_view first, std::string_view end,
                            const Visitor& visitor) const {
  for (rocksdb::ColumnFamilyHandle* candidate : families_) {
    if (candidate->GetName() != family) continue;
    const rocksdb::Slice behind(end.data(), end.size());
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    if (!end.empty()) options.iterate_upper_bound = &behind;
    const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(options, candidate));
    first.empty() ? row->SeekToFirst() : row->Seek({first.data(), first.size()});
    for (; row->Valid(); row->Next()) {
      visitor(row->key().ToStringView(), row->value().ToStringView());
    }
    return check(row->status());
  }
  throw Error("the files of a checkpoint lack the column family '" + family + "'");
}

}  // namespace pf
