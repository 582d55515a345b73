#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "state/rocksdb/rocksdb_database.h"
#include "state/rocksdb/row_run.h"

namespace pf {

/// Brings runs of rows into a database, one after another, on a thread of its own, and does between two of
/// them what wants to see just those before: so a checkpoint's files are linked while the task goes on. Many
/// rows of a state become a file of their own at once, which costs a sixth of what the way through a write
/// buffer does. Methods are for the task's thread.
class RowWriter {
 public:
  /// So many rows of a state at once become a file. Not `beside`: without a thread, when somebody waits.
  RowWriter(std::shared_ptr<const RocksDbDatabase> database, size_t rows_of_file, bool beside)
      : database_(std::move(database)), rows_of_file_(rows_of_file), beside_(beside) {}
  /// Of what is left, only that is written for which somebody waits.
  ~RowWriter();
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  /// By StateId.
  using Families = std::vector<rocksdb::ColumnFamilyHandle*>;

  /// The number that the next run gets. The first one is 1.
  uint32_t next() const { return given_ + 1; }
  /// Takes over a run; waits where too many do. Throws Error when it or an earlier one could not be written,
  /// as does whatever is asked for later.
  void write_later(RowRun run, const Families& families);
  /// The same, and waits for it. A small one costs no change of threads when there is nothing else to do.
  void write_now(RowRun run, const Families& families);
  /// All runs up to this number are in the database. Any thread.
  uint32_t written() const { return written_.load(std::memory_order_acquire); }

  /// To be called when all runs so far are in the database; what it gives, or throws, is in the future.
  template <class Function>
  auto when_written(Function function) {
    using Result = decltype(function());
    auto promise = std::make_shared<std::promise<Result>>();
    std::shared_future<Result> result = promise->get_future().share();
    auto work = [promise, function = std::move(function)](const std::exception_ptr& failure) {
      try {
        if (failure) std::rethrow_exception(failure);
        promise->set_value(function());
      } catch (...) {
        promise->set_exception(std::current_exception());
      }
    };
    add({std::move(work), /*is_awaited=*/true});
    if (beside_) return result;
    return std::async(std::launch::deferred,
                      [writer = self_, result] {
                        if (*writer) (*writer)->work_off();
                        return result.get();
                      })
        .share();
  }

 private:
  struct Work {
    /// Called once: with what has failed before it, in which case it only tells whoever waits.
    std::function<void(const std::exception_ptr& failure)> run;
    bool is_awaited;
  };
  void add(Work work);
  bool is_awaited() const;
  void work();
  void work_next(std::unique_lock<std::mutex>& lock);
  /// On the calling thread.
  void work_off();
  void write(const RowRun& run, const Families& families);
  void compact(const Families& families);
  std::string write_file(const RowRun& run, StateId state, rocksdb::ColumnFamilyHandle* family);
  /// Until no more than so many runs are left to be written.
  void wait(uint32_t left);

  const std::shared_ptr<const RocksDbDatabase> database_;
  const size_t rows_of_file_;
  const bool beside_;
  /// For whoever may ask when the writer is gone; null then.
  const std::shared_ptr<RowWriter*> self_ = std::make_shared<RowWriter*>(this);
  uint32_t given_ = 0;
  std::atomic<uint32_t> written_{0};
  uint64_t files_ = 0;  // written so far

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> work_;
  bool is_idle_ = true;
  bool is_over_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // once there is work for it
};

}  // namespace pf
