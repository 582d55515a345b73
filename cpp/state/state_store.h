#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "state/row_ttl.h"

namespace pf {

/// Number of a state within its backend.
using StateId = uint32_t;

/// Returns false to stop.
using RowVisitor = std::function<bool(std::string_view key, std::string_view value)>;

/// The rows of a store as they were at a moment. Any thread, one at a time; the store may go on, and go.
class StoreView {
 public:
  virtual ~StoreView() = default;
  /// All rows of a state, in order.
  virtual void scan(StateId state, const RowVisitor& visitor) const = 0;
};

/// Likewise, as the files that hold the rows.
class StoreFiles {
 public:
  struct File {
    std::string name;
    std::string shared_name;  // no other file of any store has it; empty where the file may change
  };
  virtual ~StoreFiles() = default;
  virtual const std::vector<File>& files() const = 0;
  virtual std::string read(const File& file) const = 0;
  /// What the files call a state.
  virtual std::string family(StateId state) const = 0;
};

/// Serialized state beneath a backend that does not keep all of it decoded. Rows of a state are ordered by
/// the bytes of their keys. Used by one thread, the task's; may block on a local disk. Throws Error naming
/// the place when the disk fails. Nothing of it
/// outlives the store but its views and their files, of which checkpoints are made.
class StateStore {
 public:
  virtual ~StateStore() = default;
  /// How rows of a state are read, mostly.
  enum class Reads : uint8_t { kByKey, kInOrder };
  /// Before any other use of the state. With a TTL, rows may go by themselves once they have expired.
  virtual void add_state(StateId state, const std::string& name, const std::optional<RowTtl>& ttl,
                         Reads reads) = 0;
  /// The same, with the rows that the files which the store was made of have under the name of `family`.
  /// Of a store that is made of files.
  virtual void take_up_state(StateId /*state*/, const std::string& /*family*/,
                             const std::optional<RowTtl>& /*ttl*/, Reads /*reads*/) {
    PF_CHECK(false);
  }
  /// A hint that the rows of these entries will be read: what it takes to find them is fetched from memory
  /// for all at once.
  virtual void prefetch(StateId /*state*/, const std::vector<std::string_view>& /*entries*/) {}
  virtual std::optional<std::string> get(StateId state, std::string_view key) = 0;
  virtual void put(StateId state, std::string_view key, std::string_view value) = 0;
  /// Puts bytes behind those that the row already has, without reading them.
  virtual void append(StateId state, std::string_view key, std::string_view bytes) = 0;
  virtual void remove(StateId state, std::string_view key) = 0;
  virtual void remove_prefix(StateId state, std::string_view prefix) = 0;

  using Visitor = RowVisitor;
  /// Shows the rows whose keys start with the prefix and don't sort before `from`, in order: those of the
  /// moment of the call, whatever the visitor changes.
  virtual void scan(StateId state, std::string_view prefix, std::string_view from,
                    const Visitor& visitor) = 0;
  /// The key of the last row that starts with the prefix and sorts before the bound, which starts with it,
  /// too.
  virtual std::optional<std::string> last_before(StateId state, std::string_view prefix,
                                                 std::string_view bound) = 0;

  /// Lends so many bytes of the memory in which it keeps rows, from now on, to who keeps them decoded
  /// instead; gives how many it would. None where that is not counted.
  virtual std::optional<size_t> lend(size_t /*bytes*/) { return std::nullopt; }

  /// What is in the store now, or will be when it has been written; throws, as its methods do, where it
  /// could not be.
  virtual std::unique_ptr<const StoreView> view() = 0;
  /// Null where snapshots are not to be made of files.
  virtual std::unique_ptr<const StoreFiles> files() { return nullptr; }
};

}  // namespace pf
