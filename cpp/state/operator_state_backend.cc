#include "state/operator_state_backend.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/fault_point.h"
#include "state/schema_migration.h"

namespace pf {
namespace {

const char* name_of(Redistribution redistribution) {
  return redistribution == Redistribution::kSplit ? "list state" : "union list state";
}

void check_same(const std::string& name, const char* when, Redistribution before, const std::string& schema,
                Redistribution now, const Serializer& items) {
  if (before != now) {
    throw Error("the state '" + name + "' " + when + " as a " + name_of(before) + ", and now is a " +
                name_of(now) + ": give it another name");
  }
  if (schema != items.schema() && !SchemaMigration::between(schema, items.schema())) {
    throw Error("the " + std::string(name_of(now)) + " '" + name + "' " + when + " with type " + schema +
                ", and now has type " + items.schema() + ": give it another name");
  }
}

}  // namespace

OperatorListState::OperatorListState(const OperatorListState& other)
    : OperatorListState(other.serializer_, other.redistribution_) {
  items_.reserve(other.items_.size());
  for (Datum item : other.items_) items_.push_back(serializer_->copy(item));
}

void OperatorListState::update(std::vector<Datum> owned) {
  std::swap(items_, owned);
  for (Datum item : owned) serializer_->destroy(item);
}

OperatorStateBackend::OperatorStateBackend(uint32_t subtask, uint32_t parallelism, Restored restored)
    : subtask_(subtask), parallelism_(parallelism), snapshots_(std::move(restored)) {
  gather();
  deal_out();
}

void OperatorStateBackend::gather() {
  for (size_t subtask = 0; subtask < snapshots_.size(); ++subtask) {
    if (!snapshots_[subtask]) continue;
    for (const OperatorListSnapshot::State& state : snapshots_[subtask]->states()) {
      RestoredList& list = restored_[state.name];
      list.schema = state.schema;
      list.redistribution = state.redistribution;
      list.of_subtasks.resize(snapshots_.size());
      list.of_subtasks[subtask] = state.items;
    }
  }
}

/// As Flink's RoundRobinOperatorStateRepartitioner: no subtask gets the odd items of all states.
void OperatorStateBackend::deal_out() {
  const bool rescaled = snapshots_.size() != parallelism_;
  size_t first_odd = 0;  // the subtask that gets the first odd item of the next state
  for (auto& [name, list] : restored_) {
    if (list.redistribution == Redistribution::kSplit && !rescaled) {
      list.items = list.of_subtasks[subtask_];
      continue;
    }
    std::vector<std::string_view> all;
    for (const auto& items : list.of_subtasks) all.insert(all.end(), items.begin(), items.end());
    if (list.redistribution == Redistribution::kUnion) {
      list.items = std::move(all);
      continue;
    }
    const size_t share = all.size() / parallelism_;
    const size_t odd = PFPP_MUTANT("odd_items_lost") ? 0 : all.size() % parallelism_;
    const size_t place = (subtask_ + parallelism_ - first_odd) % parallelism_;
    const size_t begin = place * share + std::min(place, odd);
    const size_t end = begin + share + (place < odd ? 1 : 0);
    list.items.assign(all.begin() + static_cast<std::ptrdiff_t>(begin),
                      all.begin() + static_cast<std::ptrdiff_t>(end));
    first_odd = (first_odd + odd) % parallelism_;
  }
}

OperatorListState& OperatorStateBackend::declare(const std::string& name, Redistribution redistribution,
                                                 SerializerPtr items) {
  if (auto found = states_.find(name); found != states_.end()) {
    const OperatorListState& state = found->second;
    check_same(name, "was declared before", state.redistribution(), state.serializer().schema(),
               redistribution, *items);
    return found->second;
  }
  auto before = restored_.find(name);
  if (before != restored_.end()) {
    const RestoredList& list = before->second;
    check_same(name, "is in the snapshot", list.redistribution, list.schema, redistribution, *items);
  }
  auto [made, added] =
      states_.emplace(std::piecewise_construct, std::tuple(name), std::tuple(items, redistribution));
  if (before == restored_.end()) return made->second;
  try {
    std::optional<SchemaMigration> migration;
    if (before->second.schema != items->schema()) {
      migration = SchemaMigration::between(before->second.schema, items->schema());
    }
    for (std::string_view item : before->second.items) {
      std::string migrated;
      ByteReader in(item);
      if (migration) {
        ByteWriter out(migrated);
        migration->migrate(in, out);
        in = ByteReader(migrated);
      }
      made->second.add(items->read(in));
    }
  } catch (...) {
    states_.erase(made);
    throw;
  }
  return made->second;
}

std::shared_ptr<const OperatorListSnapshot> OperatorStateBackend::snapshot() const {
  if (states_.empty() && restored_.empty()) return nullptr;
  OperatorListSnapshotWriter out;
  std::string bytes;
  for (const auto& [name, state] : states_) {
    out.begin_state(name, state.serializer().schema(), state.redistribution(), state.items().size());
    // Values of Python's may run anything when they are written, and change the list.
    const OperatorListState items(state);
    for (Datum item : items.items()) {
      bytes.clear();
      ByteWriter item_out(bytes);
      try {
        items.serializer().write(item, item_out);
      } catch (...) {
        items.serializer().fail_to_write("an item of the " + std::string(name_of(items.redistribution())) +
                                         " '" + name + "'");
      }
      out.add_item(bytes);
    }
  }
  for (const auto& [name, list] : restored_) {
    if (states_.count(name) > 0) continue;
    // Carried on by all, a union would grow with each restart.
    if (list.redistribution == Redistribution::kUnion && subtask_ != 0) continue;
    out.begin_state(name, list.schema, list.redistribution, list.items.size());
    for (std::string_view item : list.items) out.add_item(item);
  }
  return std::make_shared<const OperatorListSnapshot>(out.finish());
}

}  // namespace pf
