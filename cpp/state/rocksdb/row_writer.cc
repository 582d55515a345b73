#include "state/rocksdb/row_writer.h"

#include <algorithm>

#include <rocksdb/sst_file_writer.h>

#include "base/fault_point.h"

namespace pf {
namespace {

constexpr uint32_t kWaitingRuns = 2;
/// Of a state, in the first level, when nobody compacts beside the task.
constexpr int kFilesToCompact = 2;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

RowWriter::~RowWriter() {
  {
    std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  *self_ = nullptr;
  std::unique_lock lock(mutex_);
  while (is_awaited()) work_next(lock);
}

void RowWriter::write_later(RowRun run, const Families& families) {
  wait(kWaitingRuns);
  const uint32_t number = ++given_;
  auto shared = std::make_shared<RowRun>(std::move(run));  // std::function wants to be copied
  auto work = [this, number, shared, families](const std::exception_ptr& failure) {
    if (failure) return;
    write(*shared, families);
    written_.store(number, std::memory_order_release);
  };
  add({std::move(work), /*is_awaited=*/false});
}

void RowWriter::write_now(RowRun run, const Families& families) {
  bool has_to_wait = false;
  {
    std::lock_guard lock(mutex_);
    has_to_wait = !is_idle_ || failure_;
  }
  if (has_to_wait) {
    if (!run.empty()) write_later(std::move(run), families);
    return wait(0);
  }
  if (run.empty()) return;
  try {
    write(run, families);
  } catch (...) {
    // Whoever asked may go on, but nobody else has these rows.
    std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    throw;
  }
  written_.store(++given_, std::memory_order_release);
}

void RowWriter::wait(uint32_t left) {
  std::unique_lock lock(mutex_);
  while (!beside_ && !failure_ && given_ - written() > left) work_next(lock);
  changed_.wait(lock, [&] { return failure_ || given_ - written() <= left; });
  if (failure_) std::rethrow_exception(failure_);
}

void RowWriter::add(Work work) {
  {
    std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    is_idle_ = false;
  }
  changed_.notify_all();
  if (beside_ && !thread_.joinable()) thread_ = std::thread([this] { this->work(); });
}

bool RowWriter::is_awaited() const {
  return std::any_of(work_.begin(), work_.end(), [](const Work& work) { return work.is_awaited; });
}

void RowWriter::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_over_ || !work_.empty(); });
    if (is_over_ && !is_awaited()) return;
    work_next(lock);
  }
}

void RowWriter::work_off() {
  std::unique_lock lock(mutex_);
  while (!work_.empty()) work_next(lock);
}

void RowWriter::work_next(std::unique_lock<std::mutex>& lock) {
  Work next = std::move(work_.front());
  work_.pop_front();
  const std::exception_ptr failure = failure_;
  lock.unlock();
  std::exception_ptr failed;
  try {
    next.run(failure);
  } catch (...) {
    failed = std::current_exception();
  }
  next = {};
  lock.lock();
  if (failed) failure_ = failed;
  is_idle_ = work_.empty();
  changed_.notify_all();
}

// -- On the thread, or the task's while that has nothing to do

void RowWriter::write(const RowRun& run, const Families& families) {
  PFPP_FAULT("rows.write");
  rocksdb::WriteBatch rows;
  std::vector<rocksdb::IngestExternalFileArg> files;
  for (StateId state = 0; state < run.states(); ++state) {
    rocksdb::ColumnFamilyHandle* family = families[state];
    if (run.changes(state) >= rows_of_file_) {
      rocksdb::IngestExternalFileArg& file = files.emplace_back();
      file.column_family = family;
      file.external_files = {write_file(run, state, family)};
      file.options.move_files = true;
      file.options.write_global_seqno = false;  // the file is never changed
      continue;
    }
    if (run.changes(state) == 0) continue;
    run.for_each_row(state, [&](RowRun::Change change, std::string_view key, std::string_view value) {
      switch (change) {
        case RowRun::Change::kPut:
          return database_->check(rows.Put(family, slice(key), slice(value)), "write");
        case RowRun::Change::kRemove:
          return database_->check(rows.Delete(family, slice(key)), "write");
        case RowRun::Change::kAppend:
          return database_->check(rows.Merge(family, slice(key), slice(value)), "write");
      }
    });
  }
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  // Even without rows: where compaction has fallen behind, it waits.
  database_->check((*database_)->Write(options, &rows), "write");
  if (!files.empty()) database_->check((*database_)->IngestExternalFiles(files), "write");
  if (!beside_) compact(families);
}

void RowWriter::compact(const Families& families) {
  for (rocksdb::ColumnFamilyHandle* family : families) {
    std::string files;
    (*database_)->GetProperty(family, "rocksdb.num-files-at-level0", &files);
    if (std::stoi(files) < kFilesToCompact) continue;
    database_->check((*database_)->CompactRange({}, family, nullptr, nullptr), "write");
  }
}

std::string RowWriter::write_file(const RowRun& run, StateId state, rocksdb::ColumnFamilyHandle* family) {
  const std::string path = (database_->directory() / ("run-" + std::to_string(++files_))).string();
  const rocksdb::Options options = (*database_)->GetOptions(family);
  rocksdb::SstFileWriter file(rocksdb::EnvOptions(options), options, family, /*invalidate_page_cache=*/false);
  database_->check(file.Open(path), "write");
  run.for_each_row(state, [&](RowRun::Change change, std::string_view key, std::string_view value) {
    switch (change) {
      case RowRun::Change::kPut:
        return database_->check(file.Put(slice(key), slice(value)), "write");
      case RowRun::Change::kRemove:
        return database_->check(file.Delete(slice(key)), "write");
      case RowRun::Change::kAppend:
        return database_->check(file.Merge(slice(key), slice(value)), "write");
    }
  });
  database_->check(file.Finish(), "write");
  return path;
}

}  // namespace pf
