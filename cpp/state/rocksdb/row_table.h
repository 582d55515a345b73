#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "state/state_store.h"

namespace pf {

/// The rows of a store that were written or read last, as bytes in memory, so that most reads are a look into
/// a hash table. A row stays for as long as the database lacks the run that has it; of the others, those go
/// that have not been used for a while. Lives on the task's thread.
class RowTable {
 public:
  enum class Content : uint8_t {
    kPresent,
    kAbsent,
    kUnknown,  // something was appended to what only the database knows
  };
  class Row {
   public:
    Content content() const { return content_; }
    std::string_view value() const { return {bytes() + key_size_, value_size_}; }
    /// The last run that has the row; 0 when it was read.
    uint32_t run() const { return run_; }

   private:
    friend class RowTable;
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
    std::string_view key() const { return {bytes(), key_size_}; }

    Row* next_;  // in its bucket
    size_t value_size_;
    uint32_t hash_;
    uint32_t run_;
    uint32_t key_size_;
    uint16_t state_;
    Content content_;
    bool used_;  // since the last look for what may go
    // Key and value follow.
  };

  /// `is_complete`: what it goes above has no rows yet.
  explicit RowTable(bool is_complete = true);
  ~RowTable();
  RowTable(const RowTable&) = delete;
  RowTable& operator=(const RowTable&) = delete;

  /// A hint that rows will be looked for: their keys without the key group.
  void prefetch(StateId state, const std::vector<std::string_view>& entries);
  /// Valid until the row is put again, or the table shrinks.
  const Row* find(StateId state, std::string_view key);
  void put(StateId state, std::string_view key, std::string_view value, uint32_t run) {
    set(state, key, Content::kPresent, value, {}, run);
  }
  void put_absent(StateId state, std::string_view key, uint32_t run) {
    set(state, key, Content::kAbsent, {}, {}, run);
  }
  /// Behind what the table has of the row; where it has nothing, the value is unknown from now on.
  void append(StateId state, std::string_view key, std::string_view bytes, uint32_t run);

  /// Forgets rows of runs up to `written` until there are at most so many bytes, or no more of such rows.
  void shrink(size_t most_bytes, uint32_t written);
  /// Of memory.
  size_t bytes() const { return bytes_ + buckets_.size() * sizeof(Row*); }
  /// A row that is not here is nowhere.
  bool is_complete() const { return is_complete_; }

 private:
  static uint32_t hash_of(StateId state, std::string_view key);
  static uint32_t hash_of_entry(StateId state, std::string_view entry);
  static size_t size_of(size_t key_size, size_t value_size);
  Row** place_of(uint32_t hash, StateId state, std::string_view key);
  /// The value in two parts, which may be the row's own.
  void set(StateId state, std::string_view key, Content content, std::string_view value,
           std::string_view more, uint32_t run);
  void grow();
  void remove(Row** place);

  std::vector<Row*> buckets_;
  std::vector<Row**> ahead_;  // buckets that are being fetched
  size_t rows_ = 0;
  size_t bytes_ = 0;     // of the rows
  size_t sweeping_ = 0;  // bucket that was looked at last for what may go
  bool is_complete_;
};

}  // namespace pf
