#include "dataflow/aggregate/aggregation.h"

namespace pf {
namespace {

constexpr const char* kNames[] = {"count", "sum", "min", "max", "avg", "first", "min_by", "max_by"};

bool looks_at_field(AggregateKind kind) {
  return kind != AggregateKind::kCount && kind != AggregateKind::kFirst;
}

}  // namespace

const char* name_of(AggregateKind kind) { return kNames[static_cast<size_t>(kind)]; }

AggregateKind aggregate_kind_of(std::string_view name) {
  for (size_t kind = 0; kind < std::size(kNames); ++kind) {
    if (name == kNames[kind]) return static_cast<AggregateKind>(kind);
  }
  throw Error("unknown aggregate '" + std::string(name) + "'");
}

bool is_number(const TypeInfo& type) {
  return type.kind() >= TypeKind::kByte && type.kind() <= TypeKind::kDouble;
}

void Aggregation::check() const {
  for (const AggregateSpec& aggregate : aggregates) {
    if (!looks_at_field(aggregate.kind)) continue;
    const TypeInfo& type = *field_type(aggregate);
    if (!is_number(type)) {
      throw Error(std::string(name_of(aggregate.kind)) + " needs a number, not a " + type.to_string());
    }
  }
}

TypeInfoPtr Aggregation::field_type(const AggregateSpec& aggregate) const {
  return aggregate.field ? record->children().at(*aggregate.field) : record;
}

TypeInfoPtr Aggregation::type_of(const AggregateSpec& aggregate) const {
  switch (aggregate.kind) {
    case AggregateKind::kCount:
      return TypeInfo::of(TypeKind::kLong);
    case AggregateKind::kAvg:
      return TypeInfo::of(TypeKind::kDouble);
    case AggregateKind::kSum:
    case AggregateKind::kMin:
    case AggregateKind::kMax:
      return field_type(aggregate);
    default:
      return record;
  }
}

TypeInfoPtr Aggregation::result_type() const {
  if (shape != ResultShape::kTuple) return type_of(aggregates.front());
  std::vector<TypeInfoPtr> types;
  for (const AggregateSpec& aggregate : aggregates) types.push_back(type_of(aggregate));
  return std::make_shared<TypeInfo>(TypeKind::kTuple, std::vector<std::string>(), std::move(types));
}

std::string Aggregation::schema() const {
  std::string text = key->to_string() + " -> ";
  for (const AggregateSpec& aggregate : aggregates) {
    if (text.back() == ')') text += ", ";
    text += std::string(name_of(aggregate.kind)) + "(";
    if (aggregate.field) text += std::to_string(*aggregate.field) + ": ";
    text += (aggregate.kind == AggregateKind::kCount ? "" : field_type(aggregate)->to_string()) + ")";
  }
  return text + " of " + record->to_string();
}

bool Aggregation::merges_exactly() const {
  for (const AggregateSpec& aggregate : aggregates) {
    TypeKind kind = field_type(aggregate)->kind();
    if (looks_at_field(aggregate.kind) && (kind == TypeKind::kFloat || kind == TypeKind::kDouble))
      return false;
  }
  return true;
}

Aggregation record_aggregation(AggregateKind kind, std::optional<size_t> field, TypeInfoPtr record,
                               TypeInfoPtr key) {
  bool keeps_others =
      kind == AggregateKind::kSum || kind == AggregateKind::kMin || kind == AggregateKind::kMax;
  if (!field || !keeps_others) {
    return {std::move(key), std::move(record), {{kind, field}}, ResultShape::kValue};
  }
  return {
      std::move(key), std::move(record), {{AggregateKind::kFirst, {}}, {kind, field}}, ResultShape::kRecord};
}

}  // namespace pf
