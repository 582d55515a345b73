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

}  // namespace

void TtlFilterFactory::set(const RowTtl& ttl) {
  std::lock_guard lock(mutex_);
  ttl_ = ttl;
}

std::unique_ptr<rocksdb::CompactionFilter> TtlFilterFactory::CreateCompactionFilter(
    const rocksdb::CompactionFilter::Context&) {
  std::lock_guard lock(mutex_);
  if (!ttl_) return nullptr;
  return std::make_unique<TtlFilter>(*ttl_, clock_->epoch_millis());
}

}  // namespace pf
