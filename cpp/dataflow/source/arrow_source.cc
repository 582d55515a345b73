#include "dataflow/source/arrow_source.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "base/error.h"
#include "dataflow/source/split_state.h"
#include "model/arrow_import.h"

namespace pf {
namespace {

[[noreturn]] void fail(ArrowArrayStream& stream, int code) {
  const char* reason = stream.get_last_error(&stream);
  throw Error("reading the Arrow stream failed: " + std::string(reason ? reason : std::strerror(code)));
}

class ArrowSource final : public Source {
 public:
  ArrowSource(OpenArrowStream open, bool reads) : open_(std::move(open)), reads_(reads) {}

  void open(OperatorContext& context) override {
    Source::open(context);
    state_.emplace(context, R"({"type":"rows of an Arrow stream"})");
    auto restored = state_->restored();
    if (!restored) return;
    reads_ = !restored->empty();
    if (reads_) rows_ = static_cast<int64_t>(ByteReader(restored->front()).get_fixed64());
  }

  Poll poll(Outbox& out) override {
    if (!reads_) return Poll::kEnd;
    if (!stream_) {
      stream_ = open_();
      reader_ = ArrowReader::of(*schema_of(*stream_.get()));
      skip(rows_);
    }
    if (!array_ && !next_array()) {
      reads_ = false;
      return Poll::kEnd;
    }
    const int64_t left = (**array_).length - position_;
    const int64_t rows = std::min(left, static_cast<int64_t>(context_->batch_size));
    if (rows > 0) {
      Batch batch;
      batch.values = reader_->read(array_, position_, rows);
      out.emit(std::move(batch));
    }
    rows_ += rows;
    position_ += rows;
    if (rows == left) array_.reset();
    return Poll::kMore;
  }

  OperatorSnapshot snapshot_state(const SnapshotContext&) override {
    std::vector<std::string> splits;
    if (reads_) ByteWriter(splits.emplace_back()).put_fixed64(static_cast<uint64_t>(rows_));
    return state_->snapshot(splits);
  }

  void close() override {
    array_.reset();
    stream_ = {};
  }

 private:
  void skip(int64_t rows) {
    while (rows > 0) {
      if (!next_array()) {
        throw Error("the Arrow stream has become shorter: it ends " + std::to_string(rows) +
                    " rows before the place where reading goes on");
      }
      position_ = std::min(rows, (**array_).length);
      rows -= position_;
      if (position_ == (**array_).length) array_.reset();
    }
  }

  bool next_array() {
    auto array = std::make_shared<ArrowOwned<ArrowArray>>();
    if (int code = stream_->get_next(stream_.get(), array->get()); code != 0) fail(*stream_.get(), code);
    if (!*array) return false;
    array_ = std::move(array);
    position_ = 0;
    return true;
  }

  const OpenArrowStream open_;
  bool reads_;
  int64_t rows_ = 0;  // that have been read
  std::optional<SplitState> state_;
  ArrowOwned<ArrowArrayStream> stream_;
  std::unique_ptr<const ArrowReader> reader_;
  SharedArrowArray array_;
  int64_t position_ = 0;
};

class ArrowSourceFactory final : public SourceFactory {
 public:
  explicit ArrowSourceFactory(OpenArrowStream open) : open_(std::move(open)) {}
  std::unique_ptr<Source> create(uint32_t subtask, uint32_t) const override {
    return std::make_unique<ArrowSource>(open_, subtask == 0);
  }

 private:
  OpenArrowStream open_;
};

}  // namespace

std::shared_ptr<const SourceFactory> make_arrow_source(OpenArrowStream open) {
  return std::make_shared<ArrowSourceFactory>(std::move(open));
}

ArrowOwned<ArrowSchema> schema_of(ArrowArrayStream& stream) {
  ArrowOwned<ArrowSchema> schema;
  if (int code = stream.get_schema(&stream, schema.get()); code != 0) fail(stream, code);
  return schema;
}

}  // namespace pf
