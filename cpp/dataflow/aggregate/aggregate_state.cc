#include "dataflow/aggregate/aggregate_state.h"

#include <algorithm>

#include "model/key_group.h"
#include "serde/row_bytes.h"
#include "serde/value_tag.h"
#include "state/key_types.h"

namespace pf {
namespace {

const char kName[] = "aggregates";
constexpr size_t kAtOnce = 1024;
/// Groups that are looked at to know what all take.
constexpr size_t kWeighed = 32;
/// What a group takes in the table of keys; columns that grow have half of their size to spare.
constexpr size_t kTableBytes = 32;

std::string prefix_of(int64_t id) {
  std::string prefix;
  ByteWriter(prefix).put_ordered64(id);
  return prefix;
}

std::string bytes_of(const Column& keys, uint32_t row) {
  std::string bytes;
  ByteWriter out(bytes);
  write_rows(keys, {&row, 1}, out);
  return bytes;
}

ColumnPtr key_of_bytes(const Aggregation& aggregation, std::string_view bytes) {
  ByteReader in(bytes);
  ByteReader* reader = &in;
  return read_rows(aggregation.key, {&reader, 1});
}

/// Keys that may have been narrower when they were saved.
constexpr TypeKind kWholeNumbers[] = {TypeKind::kByte, TypeKind::kShort, TypeKind::kInt, TypeKind::kLong};

bool is_whole_number(const TypeInfo& type) {
  return std::find(std::begin(kWholeNumbers), std::end(kWholeNumbers), type.kind()) !=
         std::end(kWholeNumbers);
}

template <typename T>
ColumnPtr column_of(std::optional<int64_t> number, const TypeInfoPtr& type) {
  return std::make_shared<FixedColumn<T>>(std::vector{static_cast<T>(number.value_or(0))},
                                          Validity::from_flags({number.has_value()}), type);
}

/// Of the bytes that state knows the key by, which are those of all whole numbers.
ColumnPtr whole_number_of(const TypeInfoPtr& type, std::string_view key) {
  ByteReader in(key);
  const bool missing = static_cast<ValueTag>(in.get_byte()) == ValueTag::kNone;
  const std::optional<int64_t> number = missing ? std::nullopt : std::optional(in.get_ordered64());
  switch (type->kind()) {
    case TypeKind::kByte:
      return column_of<int8_t>(number, type);
    case TypeKind::kShort:
      return column_of<int16_t>(number, type);
    case TypeKind::kInt:
      return column_of<int32_t>(number, type);
    default:
      return column_of<int64_t>(number, type);
  }
}

std::string schema_of(const Aggregation& aggregation) {
  return R"({"type":"AGGREGATES","of":")" + aggregation.schema() + "\"}";
}

/// Whether state of that schema differs from the aggregation's by keys that were narrower only.
bool has_narrower_keys(const std::string& schema, const Aggregation& aggregation) {
  if (!is_whole_number(*aggregation.key)) return false;
  return std::any_of(std::begin(kWholeNumbers), std::end(kWholeNumbers), [&](TypeKind kind) {
    Aggregation was = aggregation;
    was.key = TypeInfo::of(kind);
    return keys_stay(*was.key, *aggregation.key) && schema_of(was) == schema;
  });
}

std::string stored_key(int64_t id, const AggregateTable& table, uint32_t group) {
  return prefix_of(id) + bytes_of(*table.keys({&group, 1}), 0);
}

/// Copies of all tables, and what the store has beside them.
class FrozenAggregates final : public FrozenRows {
 public:
  struct Scalars {
    uint64_t next_ordinal;
    int64_t shown_until;
    uint32_t max_parallelism;
    StateId rows;
  };
  FrozenAggregates(const Aggregation& aggregation, std::shared_ptr<const KeyCodec> codec, Scalars scalars)
      : aggregation_(aggregation), codec_(std::move(codec)), scalars_(scalars) {}

  void add(int64_t id, const AggregateTable& table, bool stored) {
    tables_.emplace_back(id, table.copy(aggregation_), stored);
  }

  void for_each(const StoreView* store, const Visitor& visitor) const override {
    for (const Table& table : tables_) show_all(table, visitor);
    if (store) for_each_stored(*store, visitor);
  }

 private:
  struct Table {
    Table(int64_t id, AggregateTable groups, bool stored)
        : id(id), groups(std::move(groups)), stored(stored) {}
    int64_t id;
    AggregateTable groups;
    bool stored;
  };

  void for_each_stored(const StoreView& store, const Visitor& visitor) const {
    std::map<int64_t, const Table*> stored;
    for (const Table& table : tables_) {
      if (table.stored) stored[table.id] = &table;
    }
    if (stored.empty()) return;
    Row shown;
    store.scan(scalars_.rows, [&](std::string_view row, std::string_view group) {
      ByteReader in(row);
      auto table = stored.find(in.get_ordered64());
      if (table == stored.end()) return true;
      ColumnPtr key = key_of_bytes(aggregation_, in.rest());
      // What is in memory is newer.
      if (!table->second->groups.find_existing({*key, hashes_of(*key)}, 0)) {
        show(table->first, *key, 0, group, shown, visitor);
      }
      return true;
    });
  }

  void show_all(const Table& table, const Visitor& visitor) const {
    const std::vector<uint32_t> all = all_below(table.groups.size());
    std::vector<std::string> rows;
    Row row;
    for (size_t first = 0; first < all.size(); first += kAtOnce) {
      const auto groups = std::span(all).subspan(first).first(std::min(kAtOnce, all.size() - first));
      const ColumnPtr keys = table.groups.keys(groups);
      table.groups.write(groups, rows);
      for (uint32_t i = 0; i < groups.size(); ++i) show(table.id, *keys, i, rows[i], row, visitor);
    }
  }

  /// Buffers that are used again.
  struct Row {
    std::string key;
    std::string own_key;
    std::string entry;
    std::string detail;
  };
  void show(int64_t id, const Column& keys, uint32_t i, std::string_view group, Row& row,
            const Visitor& visitor) const {
    for (std::string* buffer : {&row.key, &row.own_key, &row.entry, &row.detail}) buffer->clear();
    codec_->encode(keys, i, row.key);
    ByteWriter own_key(row.own_key);
    write_rows(keys, {&i, 1}, own_key);
    append_entry_key(row.key, prefix_of(id), row.entry);
    ByteWriter out(row.detail);
    out.put_fixed64(scalars_.next_ordinal);
    out.put_bytes(row.own_key);
    ByteReader in(group);
    out.put_ordered64(std::max(in.get_ordered64(), scalars_.shown_until));
    out.put_raw(in.rest());
    visitor({key_group_of(codec_->hash_code(row.key), scalars_.max_parallelism), row.entry, row.detail, {}});
  }

  const Aggregation aggregation_;
  const std::shared_ptr<const KeyCodec> codec_;
  const Scalars scalars_;
  std::vector<Table> tables_;
};

}  // namespace

AggregateState::AggregateState(const Aggregation& aggregation, std::shared_ptr<const KeyCodec> codec,
                               KeyedStateBackend& backend)
    : aggregation_(aggregation), codec_(std::move(codec)), backend_(backend), store_(backend.store()) {
  if (store_) rows_ = backend_.add_private_rows(kName, StateStore::Reads::kByKey);
  backend_.attach(kName, *this,
                  [&](const std::string& schema) { return has_narrower_keys(schema, aggregation_); });
}

AggregateState::~AggregateState() { backend_.detach(kName); }

void AggregateState::find(int64_t id, Table& table, const HashedKeys& keys, std::span<const uint32_t> rows,
                          std::span<uint32_t> groups) {
  auto known = static_cast<uint32_t>(table.groups.size());
  table.groups.find(keys, rows, groups);
  if (!table.stored) return;
  for (uint32_t group = known; group < table.groups.size(); ++group) read_stored(id, table.groups, group);
}

std::optional<uint32_t> AggregateState::find_existing(int64_t id, Table& table, const HashedKeys& keys,
                                                      uint32_t row) {
  auto known = table.groups.find_existing(keys, row);
  if (known || !table.stored) return known;
  uint32_t only = 0;
  ColumnPtr key = keys.keys.select({&row, 1});
  if (!store_->get(rows_, prefix_of(id) + bytes_of(*key, 0))) return std::nullopt;
  uint32_t group = 0;
  find(id, table, {*key, hashes_of(*key)}, {&only, 1}, {&group, 1});
  return group;
}

bool AggregateState::read_stored(int64_t id, AggregateTable& table, uint32_t group) {
  auto bytes = store_->get(rows_, stored_key(id, table, group));
  if (!bytes) return false;
  ByteReader in(*bytes);
  table.read(group, in);
  return true;
}

AggregateState::Tables::iterator AggregateState::drop(Tables::iterator table) {
  if (table->second.stored) store_->remove_prefix(rows_, prefix_of(table->first));
  return tables_.erase(table);
}

bool AggregateState::make_room() {
  if (!store_) return false;
  size_t groups = 0;
  for (const auto& [id, table] : tables_) groups += table.groups.size();
  const size_t bytes = weight_of(groups);
  const std::optional<size_t> most_bytes = store_->lend(bytes);
  if (most_bytes ? bytes <= *most_bytes : groups <= backend_.cached_entries()) return false;
  write_all();
  store_->lend(0);
  return true;
}

size_t AggregateState::weight_of(size_t groups) {
  if (groups > 2 * weighed_groups_) {
    const auto largest = std::max_element(tables_.begin(), tables_.end(), [](const auto& a, const auto& b) {
      return a.second.groups.size() < b.second.groups.size();
    });
    const auto& [id, table] = *largest;
    std::string some;
    ByteWriter out(some);
    const size_t step = table.groups.size() / kWeighed + 1;
    size_t seen = 0;
    for (uint32_t group = 0; group < table.groups.size(); group += step, ++seen) {
      out.put_raw(stored_key(id, table.groups, group));
      table.groups.write(group, out);
    }
    group_bytes_ = kTableBytes + some.size() * 3 / 2 / seen;
    weighed_groups_ = groups;
  }
  return groups * group_bytes_;
}

void AggregateState::write_all() {
  for (auto& [id, table] : tables_) write_table(id, table);
}

void AggregateState::write_table(int64_t id, Table& table) {
  std::string value;
  for (uint32_t group = 0; group < table.groups.size(); ++group) {
    value.clear();
    ByteWriter out(value);
    table.groups.write(group, out);
    store_->put(rows_, stored_key(id, table.groups, group), value);
    table.stored = true;
  }
  table.groups.clear();
}

// -- snapshots

std::string AggregateState::schema() const { return schema_of(aggregation_); }

std::unique_ptr<FrozenRows> AggregateState::freeze(const KeyGroupOf&) const {
  FrozenAggregates::Scalars scalars{next_ordinal_, shown_until_, backend_.max_parallelism(), rows_};
  auto frozen = std::make_unique<FrozenAggregates>(aggregation_, codec_, scalars);
  for (const auto& [id, table] : tables_) frozen->add(id, table.groups, table.stored);
  return frozen;
}

void AggregateState::import_row(std::string_view entry, std::string_view detail) {
  ByteReader of_entry(entry);
  const std::string_view known_by = of_entry.get_bytes();
  ByteReader of_id(of_entry.get_bytes());
  ByteReader in(detail);
  next_ordinal_ = std::max(next_ordinal_, in.get_fixed64());
  const std::string_view own_key = in.get_bytes();
  ColumnPtr key =
      is_whole_number(*aggregation_.key) ? whole_number_of(aggregation_.key, known_by) : key_from(own_key);
  int64_t id = of_id.get_ordered64();
  AggregateTable& groups = table(id).groups;
  uint32_t only = 0;
  uint32_t group = 0;
  groups.find({*key, hashes_of(*key)}, {&only, 1}, {&group, 1});
  groups.read(group, in);
  if (group % kAtOnce == 0) make_room();
}

ColumnPtr AggregateState::key_from(std::string_view bytes) const { return key_of_bytes(aggregation_, bytes); }

// -- reading a stored table in order

AggregateState::Cursor::Cursor(AggregateState& state, int64_t id) : state_(&state), id_(id) {
  read_on(prefix_of(id_));
}

void AggregateState::Cursor::advance() {
  if (++next_ < rows_.size() || rows_.size() < kAtOnce) return;
  read_on(prefix_of(id_) + rows_.back().first + '\0');
}

void AggregateState::Cursor::read_on(const std::string& from) {
  rows_.clear();
  next_ = 0;
  std::string prefix = prefix_of(id_);
  state_->store_->scan(state_->rows_, prefix, from, [&](std::string_view row, std::string_view value) {
    rows_.emplace_back(row.substr(prefix.size()), value);
    return rows_.size() < kAtOnce;
  });
}

}  // namespace pf
