#include "dataflow/operator/rolling_aggregate.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <type_traits>

#include "base/error.h"
#include "dataflow/operator/key_table.h"
#include "model/nested_column.h"

namespace pf {
namespace {

/// As Java adds: whole numbers wrap around.
template <typename T>
T add(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a + b;
  } else {
    using Unsigned = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<Unsigned>(static_cast<Unsigned>(a) + static_cast<Unsigned>(b)));
  }
}

/// What sum, min and max make of the value so far and the next; comparing as Python does.
template <typename T>
T combine(Aggregate aggregate, T so_far, T next) {
  switch (aggregate) {
    case Aggregate::kMin:
      return next < so_far ? next : so_far;
    case Aggregate::kMax:
      return next > so_far ? next : so_far;
    default:
      return add(so_far, next);
  }
}

/// What all kinds share: keys and emission. The record of key i is `emit_rows`' row for i.
class RollingAggregate : public Operator {
 public:
  explicit RollingAggregate(const RollingAggregateSpec& spec) : spec_(spec), keys_(spec.key) {}

  Step process_batch(int, Batch& batch, Outbox& out) override {
    PF_CHECK(batch.keys && !batch.keys->opaque() && !batch.values->opaque());
    numbers_.resize(batch.size());
    keys_.number(*batch.keys, numbers_);
    ColumnPtr values = aggregate(*batch.values, numbers_, !context_->batch_mode);
    if (values) emit(std::move(values), batch.timestamps, out);
    return Step::kDone;
  }

  Step end_input(int, Outbox& out) override {
    if (!context_->batch_mode || emitted_ == keys_.size()) return Step::kDone;
    std::vector<uint32_t> some(std::min(context_->batch_size, keys_.size() - emitted_));
    std::iota(some.begin(), some.end(), static_cast<uint32_t>(emitted_));
    emitted_ += some.size();
    emit(results(some), nullptr, out);
    return emitted_ == keys_.size() ? Step::kDone : Step::kAgain;
  }

 protected:
  /// Takes the rows in; gives each one's result, or null unless `wanted`.
  virtual ColumnPtr aggregate(const Column& values, std::span<const uint32_t> numbers, bool wanted) = 0;
  /// The records of the given keys as they stand.
  virtual ColumnPtr results(std::span<const uint32_t> numbers) const = 0;

  /// The column that is aggregated.
  template <typename T>
  const FixedColumn<T>& field_of(const Column& values) const {
    const Column* field = &values;
    if (spec_.field) {
      const auto& records = dynamic_cast<const StructColumn&>(values);
      if (!records.validity().all_valid()) fail("a record is None");
      field = records.fields().at(*spec_.field).get();
    }
    return dynamic_cast<const FixedColumn<T>&>(*field);
  }

  [[noreturn]] void fail(const std::string& what) const {
    std::string where = spec_.field ? "field " + std::to_string(*spec_.field) : "the record";
    throw Error("'" + context_->operator_name + "' (declared at " + context_->declared_at +
                ") failed: " + name_of(spec_.aggregate) + " of " + where + ": " + what);
  }

  RollingAggregateSpec spec_;

 private:
  static void emit(ColumnPtr values, std::shared_ptr<const std::vector<int64_t>> timestamps, Outbox& out) {
    Batch batch;
    batch.values = std::move(values);
    batch.timestamps = std::move(timestamps);
    out.emit(std::move(batch));
  }

  KeyTable keys_;
  std::vector<uint32_t> numbers_;
  size_t emitted_ = 0;
};

/// sum, min and max: one number for each key, and the other fields of its first record.
template <typename T>
class RollingFold final : public RollingAggregate {
 public:
  explicit RollingFold(const RollingAggregateSpec& spec)
      : RollingAggregate(spec), first_(GrowingColumn::of(spec.record)) {}

 protected:
  ColumnPtr aggregate(const Column& values, std::span<const uint32_t> numbers, bool wanted) override {
    const FixedColumn<T>& column = field_of<T>(values);
    std::vector<T> rolling(numbers.size());
    std::vector<bool> valid;
    for (size_t row = 0; row < numbers.size(); ++row) {
      const uint32_t number = numbers[row];
      const bool missing = !column.validity()[row];
      if (number == first_->size()) {
        first_->push(values, row);
        so_far_.push_back(column.values()[row]);
        missing_.push_back(missing);
      } else if (missing || missing_[number]) {
        fail("there is a None among its values");
      } else {
        so_far_[number] = combine(spec_.aggregate, so_far_[number], column.values()[row]);
      }
      rolling[row] = so_far_[number];
      if (missing) {
        valid.resize(numbers.size(), true);
        valid[row] = false;
      }
    }
    if (!wanted) return nullptr;
    return with_field(first_->gather(numbers), std::move(rolling), Validity::from_flags(valid));
  }

  ColumnPtr results(std::span<const uint32_t> numbers) const override {
    std::vector<T> values(numbers.size());
    std::vector<bool> valid(numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
      values[i] = so_far_[numbers[i]];
      valid[i] = !missing_[numbers[i]];
    }
    return with_field(first_->gather(numbers), std::move(values), Validity::from_flags(valid));
  }

 private:
  ColumnPtr with_field(const ColumnPtr& records, std::vector<T> values, Validity validity) const {
    const TypeInfoPtr& type = spec_.field ? spec_.record->children().at(*spec_.field) : spec_.record;
    auto changed = std::make_shared<FixedColumn<T>>(std::move(values), std::move(validity), type);
    if (!spec_.field) return changed;
    const auto& unchanged = static_cast<const StructColumn&>(*records);
    auto fields = unchanged.fields();
    fields[*spec_.field] = std::move(changed);
    return std::make_shared<StructColumn>(std::move(fields), unchanged.size(), unchanged.validity(),
                                          spec_.record, unchanged.kinds());
  }

  std::unique_ptr<GrowingColumn> first_;
  std::vector<T> so_far_;
  std::vector<bool> missing_;  // only a key's first value can be
};

/// min_by and max_by: for each key the record that is best. Records that have been bettered stay behind
/// until they are the larger part.
template <typename T>
class RollingChoice final : public RollingAggregate {
 public:
  explicit RollingChoice(const RollingAggregateSpec& spec)
      : RollingAggregate(spec), records_(GrowingColumn::of(spec.record)) {}

 protected:
  ColumnPtr aggregate(const Column& values, std::span<const uint32_t> numbers, bool wanted) override {
    const FixedColumn<T>& column = field_of<T>(values);
    std::vector<uint32_t> best(numbers.size());
    for (size_t row = 0; row < numbers.size(); ++row) {
      const uint32_t number = numbers[row];
      const bool missing = !column.validity()[row];
      const bool first = number == place_.size();
      if (first) {
        place_.push_back(0);
        best_.push_back(column.values()[row]);
        missing_.push_back(missing);
      } else if (missing || missing_[number]) {
        fail("there is a None among its values");
      }
      if (first || better(column.values()[row], best_[number])) {
        place_[number] = static_cast<uint32_t>(records_->size());
        best_[number] = column.values()[row];
        records_->push(values, row);
      }
      best[row] = place_[number];
    }
    ColumnPtr chosen = wanted ? records_->gather(best) : nullptr;
    if (records_->size() > 2 * place_.size() + kAtOnce) forget_bettered();
    return chosen;
  }

  ColumnPtr results(std::span<const uint32_t> numbers) const override {
    std::vector<uint32_t> places(numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) places[i] = place_[numbers[i]];
    return records_->gather(places);
  }

 private:
  static constexpr size_t kAtOnce = 4096;

  bool better(T next, T so_far) const {
    return spec_.aggregate == Aggregate::kMinBy ? next < so_far : next > so_far;
  }

  void forget_bettered() {
    auto kept = GrowingColumn::of(spec_.record);
    std::span<uint32_t> places(place_);
    for (size_t at = 0; at < places.size(); at += kAtOnce) {
      auto some = places.subspan(at, std::min(kAtOnce, places.size() - at));
      ColumnPtr rows = records_->gather(some);
      for (size_t row = 0; row < rows->size(); ++row) kept->push(*rows, row);
    }
    records_ = std::move(kept);
    std::iota(place_.begin(), place_.end(), 0U);
  }

  std::unique_ptr<GrowingColumn> records_;
  std::vector<uint32_t> place_;  // of each key's best record
  std::vector<T> best_;
  std::vector<bool> missing_;  // only a key's first value can be
};

template <typename T>
std::unique_ptr<Operator> make(const RollingAggregateSpec& spec) {
  if (spec.aggregate == Aggregate::kMinBy || spec.aggregate == Aggregate::kMaxBy) {
    return std::make_unique<RollingChoice<T>>(spec);
  }
  return std::make_unique<RollingFold<T>>(spec);
}

class RollingAggregateFactory final : public OperatorFactory {
 public:
  explicit RollingAggregateFactory(RollingAggregateSpec spec) : spec_(std::move(spec)) {
    if (!is_number(value_type())) {
      throw Error(std::string(name_of(spec_.aggregate)) + " needs a number, not a " +
                  value_type().to_string());
    }
  }

  std::unique_ptr<Operator> create() const override {
    switch (value_type().kind()) {
      case TypeKind::kByte:
        return make<int8_t>(spec_);
      case TypeKind::kShort:
        return make<int16_t>(spec_);
      case TypeKind::kInt:
        return make<int32_t>(spec_);
      case TypeKind::kFloat:
        return make<float>(spec_);
      case TypeKind::kDouble:
        return make<double>(spec_);
      default:
        return make<int64_t>(spec_);
    }
  }

 private:
  const TypeInfo& value_type() const {
    return spec_.field ? *spec_.record->children().at(*spec_.field) : *spec_.record;
  }

  RollingAggregateSpec spec_;
};

}  // namespace

const char* name_of(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::kSum:
      return "sum";
    case Aggregate::kMin:
      return "min";
    case Aggregate::kMax:
      return "max";
    case Aggregate::kMinBy:
      return "min_by";
    case Aggregate::kMaxBy:
      return "max_by";
  }
  return "";
}

bool is_number(const TypeInfo& type) {
  return type.kind() >= TypeKind::kByte && type.kind() <= TypeKind::kDouble;
}

std::shared_ptr<const OperatorFactory> make_rolling_aggregate(RollingAggregateSpec spec) {
  return std::make_shared<RollingAggregateFactory>(std::move(spec));
}

}  // namespace pf
