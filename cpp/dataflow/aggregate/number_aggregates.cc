#include <limits>
#include <type_traits>
#include <vector>

#include "dataflow/aggregate/aggregate_column.h"
#include "dataflow/aggregate/field_column.h"

namespace pf {
namespace {

__extension__ using Int128 = __int128;

template <typename T>
void put(T value, ByteWriter& out) {
  if constexpr (std::is_floating_point_v<T>) {
    out.put_double(value);
  } else {
    out.put_fixed64(static_cast<uint64_t>(static_cast<int64_t>(value)));
  }
}

template <typename T>
T get(ByteReader& in) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(in.get_double());
  } else {
    return static_cast<T>(in.get_fixed64());
  }
}

class Count final : public AggregateColumn {
 public:
  void grow(size_t groups) override { counts_.resize(groups); }
  void add(const GroupedRows& added) override {
    for (uint32_t group : added.groups) ++counts_[group];
  }
  ColumnPtr add_each(const GroupedRows& added) override {
    std::vector<int64_t> each(added.groups.size());
    for (size_t i = 0; i < each.size(); ++i) each[i] = ++counts_[added.groups[i]];
    return std::make_shared<FixedColumn<int64_t>>(std::move(each));
  }
  void merge(const AggregateColumn& other, std::span<const uint32_t> from,
             std::span<const uint32_t> to) override {
    const auto& counts = static_cast<const Count&>(other).counts_;
    for (size_t i = 0; i < from.size(); ++i) counts_[to[i]] += counts[from[i]];
  }
  std::unique_ptr<AggregateColumn> copy() const override { return std::make_unique<Count>(*this); }
  void assign(uint32_t group, const AggregateColumn& other, uint32_t from) override {
    counts_[group] = static_cast<const Count&>(other).counts_[from];
  }
  ColumnPtr results(std::span<const uint32_t> groups) const override {
    std::vector<int64_t> counts(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) counts[i] = counts_[groups[i]];
    return std::make_shared<FixedColumn<int64_t>>(std::move(counts));
  }
  void write(std::span<const uint32_t> groups, std::span<ByteWriter* const> writers) const override {
    for (size_t i = 0; i < groups.size(); ++i) put(counts_[groups[i]], *writers[i]);
  }
  void read(uint32_t group, ByteReader& in) override { counts_[group] = get<int64_t>(in); }
  void clear() override { counts_.clear(); }

 private:
  std::vector<int64_t> counts_;
};

// Each makes of `a` what it is together with `b`; false where the type doesn't hold that.

struct Sum {
  template <typename T>
  static bool combine(T& a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      a += b;
      return true;
    } else {
      T sum;
      if (__builtin_add_overflow(a, b, &sum)) return false;
      a = sum;
      return true;
    }
  }
};
/// Comparing as Python does, where nothing is less or greater than NaN.
struct Min {
  template <typename T>
  static bool combine(T& so_far, T next) {
    if (next < so_far) so_far = next;
    return true;
  }
};
struct Max {
  template <typename T>
  static bool combine(T& so_far, T next) {
    if (next > so_far) so_far = next;
    return true;
  }
};

/// sum, min and max. A group whose only value is missing has a missing result.
template <typename T, typename Kind>
class Fold final : public AggregateColumn {
 public:
  Fold(AggregateSpec aggregate, TypeInfoPtr type) : aggregate_(aggregate), type_(std::move(type)) {}

  void grow(size_t groups) override {
    values_.resize(groups);
    has_.resize(groups, Has::kNothing);
  }
  void add(const GroupedRows& added) override {
    const auto& column = field_column<T>(aggregate_, added.records);
    for (size_t i = 0; i < added.rows.size(); ++i) add_row(column, added.rows[i], added.groups[i]);
  }
  ColumnPtr add_each(const GroupedRows& added) override {
    const auto& column = field_column<T>(aggregate_, added.records);
    std::vector<T> each(added.rows.size());
    std::vector<bool> valid(added.rows.size());
    for (size_t i = 0; i < each.size(); ++i) {
      add_row(column, added.rows[i], added.groups[i]);
      each[i] = values_[added.groups[i]];
      valid[i] = has_[added.groups[i]] == Has::kValue;
    }
    return std::make_shared<FixedColumn<T>>(std::move(each), Validity::from_flags(valid), type_);
  }
  void merge(const AggregateColumn& other, std::span<const uint32_t> from,
             std::span<const uint32_t> to) override {
    const auto& others = static_cast<const Fold&>(other);
    for (size_t i = 0; i < from.size(); ++i) {
      if (others.has_[from[i]] == Has::kNothing) continue;
      put_in(to[i], others.values_[from[i]], others.has_[from[i]] == Has::kValue);
    }
  }
  std::unique_ptr<AggregateColumn> copy() const override { return std::make_unique<Fold>(*this); }
  void assign(uint32_t group, const AggregateColumn& other, uint32_t from) override {
    const auto& others = static_cast<const Fold&>(other);
    values_[group] = others.values_[from];
    has_[group] = others.has_[from];
  }
  ColumnPtr results(std::span<const uint32_t> groups) const override {
    std::vector<T> values(groups.size());
    std::vector<bool> valid(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      values[i] = values_[groups[i]];
      valid[i] = has_[groups[i]] == Has::kValue;
    }
    return std::make_shared<FixedColumn<T>>(std::move(values), Validity::from_flags(valid), type_);
  }
  void write(std::span<const uint32_t> groups, std::span<ByteWriter* const> writers) const override {
    for (size_t i = 0; i < groups.size(); ++i) {
      writers[i]->put_byte(static_cast<uint8_t>(has_[groups[i]]));
      put(values_[groups[i]], *writers[i]);
    }
  }
  void read(uint32_t group, ByteReader& in) override {
    has_[group] = static_cast<Has>(in.get_byte());
    values_[group] = get<T>(in);
  }
  void clear() override {
    values_.clear();
    has_.clear();
  }

 private:
  enum class Has : uint8_t { kNothing, kValue, kMissing };

  void add_row(const FixedColumn<T>& column, uint32_t row, uint32_t group) {
    put_in(group, column.values()[row], column.validity()[row], row);
  }
  void put_in(uint32_t group, T value, bool valid, std::optional<uint32_t> row = std::nullopt) {
    if (has_[group] == Has::kValue && valid) {
      if (!Kind::combine(values_[group], value)) refuse_overflow(values_[group], value, row);
    } else if (has_[group] == Has::kNothing) {
      values_[group] = value;
      has_[group] = valid ? Has::kValue : Has::kMissing;
    } else {
      refuse_none(aggregate_, row);
    }
  }
  [[noreturn]] void refuse_overflow(T so_far, T value, std::optional<uint32_t> row) const {
    refuse(aggregate_,
           std::to_string(so_far) + " and " + std::to_string(value) + " add up to what does not fit " +
               type_->to_string() + ", which holds " + std::to_string(std::numeric_limits<T>::lowest()) +
               " to " + std::to_string(std::numeric_limits<T>::max()) + ": declare a wider type",
           row, true);
  }

  AggregateSpec aggregate_;
  TypeInfoPtr type_;
  std::vector<T> values_;
  std::vector<Has> has_;
};

/// The quotient of the exact sum of whole numbers, or the sum of floating point ones in order, and the count.
template <typename T>
class Average final : public AggregateColumn {
 public:
  explicit Average(AggregateSpec aggregate) : aggregate_(aggregate) {}

  void grow(size_t groups) override {
    sums_.resize(groups);
    counts_.resize(groups);
  }
  void add(const GroupedRows& added) override {
    const auto& column = checked(added);
    for (size_t i = 0; i < added.rows.size(); ++i) add_row(column, added.rows[i], added.groups[i]);
  }
  ColumnPtr add_each(const GroupedRows& added) override {
    const auto& column = checked(added);
    std::vector<double> each(added.rows.size());
    for (size_t i = 0; i < each.size(); ++i) {
      add_row(column, added.rows[i], added.groups[i]);
      each[i] = average(added.groups[i]);
    }
    return std::make_shared<FixedColumn<double>>(std::move(each));
  }
  void merge(const AggregateColumn& other, std::span<const uint32_t> from,
             std::span<const uint32_t> to) override {
    const auto& others = static_cast<const Average&>(other);
    for (size_t i = 0; i < from.size(); ++i) {
      sums_[to[i]] += others.sums_[from[i]];
      counts_[to[i]] += others.counts_[from[i]];
    }
  }
  std::unique_ptr<AggregateColumn> copy() const override { return std::make_unique<Average>(*this); }
  void assign(uint32_t group, const AggregateColumn& other, uint32_t from) override {
    const auto& others = static_cast<const Average&>(other);
    sums_[group] = others.sums_[from];
    counts_[group] = others.counts_[from];
  }
  ColumnPtr results(std::span<const uint32_t> groups) const override {
    std::vector<double> averages(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) averages[i] = average(groups[i]);
    return std::make_shared<FixedColumn<double>>(std::move(averages));
  }
  void write(std::span<const uint32_t> groups, std::span<ByteWriter* const> writers) const override {
    for (size_t i = 0; i < groups.size(); ++i) write_group(groups[i], *writers[i]);
  }
  void write_group(uint32_t group, ByteWriter& out) const {
    if constexpr (std::is_floating_point_v<T>) {
      put(sums_[group], out);
    } else {
      out.put_fixed64(static_cast<uint64_t>(sums_[group] >> 64));
      out.put_fixed64(static_cast<uint64_t>(sums_[group]));
    }
    put(counts_[group], out);
  }
  void read(uint32_t group, ByteReader& in) override {
    if constexpr (std::is_floating_point_v<T>) {
      sums_[group] = get<double>(in);
    } else {
      auto high = static_cast<Int128>(static_cast<int64_t>(in.get_fixed64()));
      sums_[group] = high * (Int128{1} << 64) + in.get_fixed64();
    }
    counts_[group] = get<int64_t>(in);
  }
  void clear() override {
    sums_.clear();
    counts_.clear();
  }

 private:
  using Total = std::conditional_t<std::is_floating_point_v<T>, double, Int128>;

  const FixedColumn<T>& checked(const GroupedRows& added) const {
    const auto& column = field_column<T>(aggregate_, added.records);
    for (uint32_t row : added.rows) {
      if (!column.validity()[row]) refuse_none(aggregate_, row);
    }
    return column;
  }
  void add_row(const FixedColumn<T>& column, uint32_t row, uint32_t group) {
    sums_[group] += column.values()[row];
    ++counts_[group];
  }
  double average(uint32_t group) const {
    return static_cast<double>(sums_[group]) / static_cast<double>(counts_[group]);
  }

  AggregateSpec aggregate_;
  std::vector<Total> sums_;
  std::vector<int64_t> counts_;
};

}  // namespace

std::unique_ptr<AggregateColumn> make_count() { return std::make_unique<Count>(); }

std::unique_ptr<AggregateColumn> make_number_aggregate(const Aggregation& aggregation,
                                                       const AggregateSpec& aggregate) {
  TypeInfoPtr type = aggregation.field_type(aggregate);
  return for_number_type(*type, [&](auto number) -> std::unique_ptr<AggregateColumn> {
    using T = decltype(number);
    switch (aggregate.kind) {
      case AggregateKind::kSum:
        return std::make_unique<Fold<T, Sum>>(aggregate, type);
      case AggregateKind::kMin:
        return std::make_unique<Fold<T, Min>>(aggregate, type);
      case AggregateKind::kMax:
        return std::make_unique<Fold<T, Max>>(aggregate, type);
      default:
        PF_CHECK(aggregate.kind == AggregateKind::kAvg);
        return std::make_unique<Average<T>>(aggregate);
    }
  });
}

std::unique_ptr<AggregateColumn> AggregateColumn::of(const Aggregation& aggregation,
                                                     const AggregateSpec& aggregate) {
  switch (aggregate.kind) {
    case AggregateKind::kCount:
      return make_count();
    case AggregateKind::kFirst:
    case AggregateKind::kMinBy:
    case AggregateKind::kMaxBy:
      return make_record_choice(aggregation, aggregate);
    default:
      return make_number_aggregate(aggregation, aggregate);
  }
}

}  // namespace pf
