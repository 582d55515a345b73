#include "state/unwritten_keyed_state.h"

#include <utility>

#include "base/error.h"
#include "state/row_ttl.h"

namespace pf {
namespace {

/// Rows between two looks at whether the snapshot is still wanted.
constexpr uint32_t kRowsBetweenLooks = 1024;
constexpr size_t kPieceBytes = 256 << 10;

class NoSharedFiles final : public SharedFiles {
 public:
  SharedFile keep(const std::string& name, const std::function<std::string()>&) override {
    throw Error("nobody keeps the file " + name);
  }
};

}  // namespace

OperatorSnapshot written_at_once(OperatorSnapshot snapshot) {
  if (auto unwritten = std::exchange(snapshot.unwritten, nullptr)) {
    NoSharedFiles none;
    unwritten->write_some([] { return false; });
    unwritten->write(snapshot, none);
  }
  return snapshot;
}

void UnwrittenState::check_wanted() const {
  if (given_up_) throw Error("the snapshot was given up");
}

void UnwrittenKeyedState::add(const FrozenBackend::State& state, KeyedRow row, KeyedSnapshotWriter& out) {
  if (++rows_ % kRowsBetweenLooks == 0) check_wanted();
  if (state.drops) {
    RowAge age = age_of_row(*state.drops, row.value, state.now, kept_);
    if (age == RowAge::kExpired) return;
    if (age == RowAge::kPartlyExpired) row.value = kept_;
  }
  out.add_row(row);
}

void UnwrittenKeyedState::write_rest(KeyedSnapshotWriter& out, const StoreView* store, bool in_files) {
  const FrozenBackend::State kept{};
  for (const FrozenBackend::Attached& attached : frozen_.attached) {
    const bool has_files = in_files && attached.rows->times_in_store();
    out.begin_state(attached.info);
    attached.rows->for_each(has_files ? nullptr : store, [&](const KeyedRow& row) { add(kept, row, out); });
  }
  auto keep = [&](const KeyedStateInfo&, const KeyedRow& row) { add(kept, row, out); };
  for (const FrozenBackend::Undeclared& state : frozen_.undeclared) {
    out.begin_state(state.info);
    in_files ? frozen_.restored.for_each_other_row(state.info.name, keep)
             : frozen_.restored.for_each_row(state.info.name, keep);
  }
}

// -- In a store

UnwrittenStore::UnwrittenStore(FrozenBackend frozen, std::unique_ptr<const StoreView> view,
                               std::unique_ptr<const StoreFiles> files)
    : UnwrittenKeyedState(std::move(frozen)), view_(std::move(view)), files_(std::move(files)) {}

void UnwrittenStore::write(OperatorSnapshot& snapshot, SharedFiles& shared) {
  check_wanted();
  if (files_) {
    snapshot.files = write_files(shared);
  } else {
    snapshot.keyed = write_rows();
  }
  view_.reset();
  files_.reset();
}

std::shared_ptr<const KeyedSnapshot> UnwrittenStore::write_rows() {
  KeyedSnapshotWriter out(frozen().max_parallelism);
  for (const FrozenBackend::State& state : frozen().states) {
    out.begin_state(state.info);
    view_->scan(state.id, [&](std::string_view key, std::string_view value) {
      add(state, stored_row(key, value), out);
      return true;
    });
  }
  write_rest(out, view_.get(), /*in_files=*/false);
  return std::make_shared<KeyedSnapshot>(out.finish());
}

std::shared_ptr<const KeyedFiles> UnwrittenStore::write_files(SharedFiles& shared) {
  auto written = std::make_shared<KeyedFiles>();
  for (const FrozenBackend::State& state : frozen().states) {
    written->states.push_back({{state.info}, files_->family(state.id), KeyedFiles::Layout::kEntries});
  }
  for (const FrozenBackend::Attached& attached : frozen().attached) {
    auto times = attached.rows->times_in_store();
    if (times)
      written->states.push_back({{attached.info}, files_->family(*times), KeyedFiles::Layout::kTimes});
  }
  for (const FrozenBackend::Undeclared& state : frozen().undeclared) {
    if (state.in_files) written->states.push_back(*state.in_files);
  }
  for (const StoreFiles::File& file : files_->files()) {
    check_wanted();
    if (file.shared_name.empty()) {
      written->own.emplace_back(file.name, files_->read(file));
    } else {
      auto kept = shared.keep(file.shared_name, [&] { return files_->read(file); });
      written->shared.push_back({file.name, std::move(kept)});
    }
  }
  KeyedSnapshotWriter rest(frozen().max_parallelism);
  write_rest(rest, view_.get(), /*in_files=*/true);
  written->rest = std::make_shared<KeyedSnapshot>(rest.finish());
  return written;
}

// -- On the heap

UnwrittenHeap::UnwrittenHeap(FrozenBackend frozen) : UnwrittenKeyedState(std::move(frozen)) {
  for (const FrozenBackend::State& state : this->frozen().states) rows_.resize(state.id + 1);
}

void UnwrittenHeap::add_row(StateId state, const KeyedRow& row) {
  auto& pieces = rows_[state];
  if (pieces.empty() || pieces.back().size() >= kPieceBytes) {
    pieces.emplace_back().reserve(kPieceBytes + kPieceBytes / 8);
  }
  append_row(row, pieces.back());
}

bool UnwrittenHeap::write_some(const std::function<bool()>& is_over) {
  if (is_given_up()) return true;
  return !walk_ || walk_(is_over);
}

void UnwrittenHeap::write(OperatorSnapshot& snapshot, SharedFiles&) {
  check_wanted();
  if (failure_) std::rethrow_exception(failure_);
  KeyedSnapshotWriter out(frozen().max_parallelism);
  for (const FrozenBackend::State& state : frozen().states) {
    out.begin_state(state.info);
    for (std::string& piece : rows_[state.id]) {
      if (!state.drops) {
        out.add_rows(piece);
      } else {
        for (ByteReader in(piece); !in.at_end();) add(state, read_row(in), out);
      }
      piece = {};
    }
  }
  write_rest(out, nullptr, /*in_files=*/false);
  snapshot.keyed = std::make_shared<KeyedSnapshot>(out.finish());
}

}  // namespace pf
