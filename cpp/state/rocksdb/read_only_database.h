#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>

namespace pf {

/// A database whose files are in a directory, to be read in order and in little memory. Any thread.
class ReadOnlyDatabase {
 public:
  /// Throws Error where the files are none of a database.
  explicit ReadOnlyDatabase(const std::filesystem::path& directory);
  ~ReadOnlyDatabase();
  ReadOnlyDatabase(const ReadOnlyDatabase&) = delete;
  ReadOnlyDatabase& operator=(const ReadOnlyDatabase&) = delete;

  using Visitor = std::function<void(std::string_view key, std::string_view value)>;
  /// The rows of a column family, from the key `first` to before `end`, or to the last one where that is
  /// empty. Throws Error where there is no such family, or the rows are damaged.
  void scan(const std::string& family, std::string_view first, std::string_view end,
            const Visitor& visitor) const;

 private:
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace pf
