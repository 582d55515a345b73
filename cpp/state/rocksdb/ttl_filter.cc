#include "state/rocksdb/ttl_filter.h"

#include <string>

#include "base/error.h"

namespace pf {
namespace {

/// Of one compaction, by the time when that began.
class TtlFilter final : public rocksdb::CompactionFilter {
 public:
  TtlFilter(RowTtl ttl, int64_t now) : ttl_(ttl), now_(now) {}
  const char* Name() const override { return "pyflinkpp.TtlFilter"; }

  Decision FilterV2(int, const rocksdb::Slice&, ValueType type, const rocksdb::Slice& value,
                    std::string* kept, std::string*) const override {
    if (type != ValueType::kValue && type != ValueType::kMergeOperand) return Decision::kKeep;
    try {
      switch (age_of_row(ttl_, value.ToStringView(), now_, *kept)) {
        case RowAge::kYoung:
          return Decision::kKeep;
        case RowAge::kExpired:
          return Decision::kRemove;
        case RowAge::kPartlyExpired:
          return Decision::kChangeValue;
      }
    } catch (const Error&) {
      // Damaged bytes are the reader's to complain about: nobody would catch it here.
    }
    return Decision::kKeep;
  }

 private:
  RowTtl ttl_;
  int64_t now_;
};

class TtlFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  TtlFilterFactory(RowTtl ttl, const Clock* clock) : ttl_(ttl), clock_(clock) {}
  const char* Name() const override { return "pyflinkpp.TtlFilterFactory"; }

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<TtlFilter>(ttl_, clock_->epoch_millis());
  }

 private:
  RowTtl ttl_;
  const Clock* clock_;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> make_ttl_filter(RowTtl ttl, const Clock* clock) {
  return std::make_shared<TtlFilterFactory>(ttl, clock);
}

}  // namespace pf
