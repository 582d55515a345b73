#include <vector>

#include "dataflow/aggregate/aggregate_column.h"
#include "dataflow/aggregate/field_column.h"
#include "model/growing_column.h"
#include "serde/row_bytes.h"

namespace pf {
namespace {

/// For each group the record that is chosen, the one that came first among equals. Records that have been
/// bettered stay behind until they are the larger part.
template <typename T>
class RecordChoice final : public AggregateColumn {
 public:
  RecordChoice(AggregateSpec aggregate, TypeInfoPtr record)
      : aggregate_(aggregate), record_(std::move(record)), records_(GrowingColumn::of(record_)) {}

  void grow(size_t groups) override { chosen_.resize(groups); }
  void add(const GroupedRows& added) override {
    const FixedColumn<T>* column = compared(added.records);
    for (size_t i = 0; i < added.rows.size(); ++i) add_row(added, column, i);
    forget_bettered();
  }
  ColumnPtr add_each(const GroupedRows& added) override {
    const FixedColumn<T>* column = compared(added.records);
    std::vector<uint32_t> each(added.rows.size());
    for (size_t i = 0; i < each.size(); ++i) {
      add_row(added, column, i);
      each[i] = chosen_[added.groups[i]].place;
    }
    ColumnPtr records = records_->gather(each);
    forget_bettered();
    return records;
  }
  void merge(const AggregateColumn& other, std::span<const uint32_t> from,
             std::span<const uint32_t> to) override {
    const auto& others = static_cast<const RecordChoice&>(other);
    ColumnPtr records = others.results(from);
    for (size_t i = 0; i < from.size(); ++i) {
      Choice next = others.chosen_[from[i]];
      if (!takes(chosen_[to[i]], next)) continue;
      next.place = keep(*records, i);
      chosen_[to[i]] = next;
    }
    forget_bettered();
  }
  std::unique_ptr<AggregateColumn> copy() const override {
    auto copied = std::make_unique<RecordChoice>(aggregate_, record_);
    copied->records_ = records_->copy();
    copied->chosen_ = chosen_;
    return copied;
  }
  void assign(uint32_t group, const AggregateColumn& other, uint32_t from) override {
    const auto& others = static_cast<const RecordChoice&>(other);
    Choice choice = others.chosen_[from];
    if (choice.place != kNone) choice.place = keep(*others.results({&from, 1}), 0);
    chosen_[group] = choice;
    forget_bettered();
  }
  ColumnPtr results(std::span<const uint32_t> groups) const override {
    std::vector<uint32_t> places(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) places[i] = chosen_[groups[i]].place;
    return records_->gather(places);
  }
  void write(std::span<const uint32_t> groups, std::span<ByteWriter* const> writers) const override {
    std::vector<uint32_t> rows(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      writers[i]->put_fixed64(chosen_[groups[i]].ordinal);
      rows[i] = static_cast<uint32_t>(i);
    }
    write_rows(*results(groups), rows, writers);
  }
  void read(uint32_t group, ByteReader& in) override {
    uint64_t ordinal = in.get_fixed64();
    ByteReader* reader = &in;
    ColumnPtr record = read_rows(record_, {&reader, 1});
    Choice choice = choice_of(compared(*record), 0, ordinal);
    choice.place = keep(*record, 0);
    chosen_[group] = choice;
  }
  void clear() override {
    chosen_.clear();
    records_ = GrowingColumn::of(record_);
  }

 private:
  static constexpr size_t kAtOnce = 4096;
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Choice {
    uint64_t ordinal = 0;
    T value{};
    bool missing = false;
    uint32_t place = kNone;  // of its record among records_
  };

  /// Null where records are not compared.
  const FixedColumn<T>* compared(const Column& records) const {
    return aggregate_.kind == AggregateKind::kFirst ? nullptr : &field_column<T>(aggregate_, records);
  }
  static Choice choice_of(const FixedColumn<T>* column, uint32_t row, uint64_t ordinal) {
    Choice choice;
    choice.ordinal = ordinal;
    if (column) {
      choice.value = column->values()[row];
      choice.missing = !column->validity()[row];
    }
    return choice;
  }
  void add_row(const GroupedRows& added, const FixedColumn<T>* column, size_t i) {
    Choice& chosen = chosen_[added.groups[i]];
    if (!column && chosen.place != kNone && chosen.ordinal <= added.first_ordinal + added.rows[i]) return;
    Choice next = choice_of(column, added.rows[i], added.first_ordinal + added.rows[i]);
    if (!takes(chosen, next)) return;
    next.place = keep(added.records, added.rows[i]);
    chosen = next;
  }
  bool takes(const Choice& so_far, const Choice& next) const {
    if (so_far.place == kNone) return true;
    if (so_far.missing || next.missing) refuse_none(aggregate_);
    if (aggregate_.kind != AggregateKind::kFirst) {
      bool least = aggregate_.kind == AggregateKind::kMinBy;
      if (next.value < so_far.value) return least;
      if (next.value > so_far.value) return !least;
    }
    return next.ordinal < so_far.ordinal;
  }
  uint32_t keep(const Column& records, size_t row) {
    records_->push(records, row);
    return static_cast<uint32_t>(records_->size() - 1);
  }

  void forget_bettered() {
    if (records_->size() <= 2 * chosen_.size() + kAtOnce) return;
    auto kept = GrowingColumn::of(record_);
    std::vector<uint32_t> places;
    auto move_some = [&] {
      ColumnPtr rows = records_->gather(places);
      for (size_t row = 0; row < rows->size(); ++row) kept->push(*rows, row);
      places.clear();
    };
    uint32_t next = 0;
    for (Choice& choice : chosen_) {
      if (choice.place == kNone) continue;
      places.push_back(choice.place);
      choice.place = next++;
      if (places.size() == kAtOnce) move_some();
    }
    move_some();
    records_ = std::move(kept);
  }

  AggregateSpec aggregate_;
  TypeInfoPtr record_;
  std::unique_ptr<GrowingColumn> records_;
  std::vector<Choice> chosen_;
};

}  // namespace

std::unique_ptr<AggregateColumn> make_record_choice(const Aggregation& aggregation,
                                                    const AggregateSpec& aggregate) {
  if (aggregate.kind == AggregateKind::kFirst) {
    return std::make_unique<RecordChoice<int8_t>>(aggregate, aggregation.record);
  }
  return for_number_type(
      *aggregation.field_type(aggregate), [&](auto number) -> std::unique_ptr<AggregateColumn> {
        return std::make_unique<RecordChoice<decltype(number)>>(aggregate, aggregation.record);
      });
}

}  // namespace pf
