#include "dataflow/operator/split.h"

#include <utility>

#include "base/error.h"

namespace pf {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

class Split final : public Operator {
 public:
  explicit Split(std::string separator) : separator_(std::move(separator)) {}

  Step process_batch(int, Batch& batch, Outbox& out) override {
    const auto* texts = dynamic_cast<const StringColumn*>(batch.values.get());
    if (!texts) throw Error("split needs a stream of type STRING");
    pieces_.reserve(context_->batch_size, texts->text_bytes());
    for (; row_ < texts->size(); ++row_) {
      if (pieces_.size() >= context_->batch_size) {
        flush(batch, out);
        return Step::kAgain;
      }
      if (separator_.empty()) {
        split_at_spaces(texts->value(row_));
      } else {
        split_at_separator(texts->value(row_));
      }
      if (batch.timestamps) timestamps_.resize(pieces_.size(), (*batch.timestamps)[row_]);
      if (batch.kinds) kinds_.resize(pieces_.size(), (*batch.kinds)[row_]);
    }
    row_ = 0;
    flush(batch, out);
    return Step::kDone;
  }

 private:
  void split_at_spaces(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
      while (i < text.size() && is_space(text[i])) ++i;
      size_t start = i;
      while (i < text.size() && !is_space(text[i])) ++i;
      if (i > start) pieces_.append(text.substr(start, i - start));
    }
  }

  void split_at_separator(std::string_view text) {
    size_t start = 0;
    for (;;) {
      size_t end = text.find(separator_, start);
      pieces_.append(text.substr(start, end - start));
      if (end == std::string_view::npos) return;
      start = end + separator_.size();
    }
  }

  /// Each piece has the timestamp and kind of the text it comes from.
  void flush(const Batch& from, Outbox& out) {
    if (pieces_.size() == 0) return;
    Batch batch;
    batch.values = pieces_.finish();
    if (from.timestamps) {
      batch.timestamps = std::make_shared<const std::vector<int64_t>>(std::exchange(timestamps_, {}));
    }
    if (from.kinds) {
      batch.kinds = std::make_shared<const std::vector<RowKind>>(std::exchange(kinds_, {}));
    }
    out.emit(std::move(batch));
  }

  const std::string separator_;
  StringColumnBuilder pieces_;
  std::vector<int64_t> timestamps_;  // of the pieces, where the input has any
  std::vector<RowKind> kinds_;
  size_t row_ = 0;
};

class SplitFactory final : public OperatorFactory {
 public:
  explicit SplitFactory(std::string separator) : separator_(std::move(separator)) {}
  std::unique_ptr<Operator> create() const override { return std::make_unique<Split>(separator_); }

 private:
  std::string separator_;
};

}  // namespace

std::shared_ptr<const OperatorFactory> make_split(std::string separator) {
  return std::make_shared<SplitFactory>(std::move(separator));
}

}  // namespace pf
