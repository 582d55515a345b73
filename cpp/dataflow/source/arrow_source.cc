#include "dataflow/source/arrow_source.h"

#include <cstring>
#include <string>

#include "base/error.h"
#include "model/arrow_import.h"

namespace pf {
namespace {

[[noreturn]] void fail(ArrowArrayStream& stream, int code) {
  const char* reason = stream.get_last_error(&stream);
  throw Error("reading the Arrow stream failed: " + std::string(reason ? reason : std::strerror(code)));
}

class ArrowSource final : public Source {
 public:
  explicit ArrowSource(OpenArrowStream open) : open_(std::move(open)) {}

  Poll poll(Outbox& out) override {
    if (!open_) return Poll::kEnd;
    if (!stream_) {
      stream_ = open_();
      reader_ = ArrowReader::of(*schema_of(*stream_.get()));
    }
    if (!array_ && !next_array()) return Poll::kEnd;
    const int64_t left = (**array_).length - position_;
    const int64_t rows = std::min(left, static_cast<int64_t>(context_->batch_size));
    if (rows > 0) {
      Batch batch;
      batch.values = reader_->read(array_, position_, rows);
      out.emit(std::move(batch));
    }
    position_ += rows;
    if (rows == left) array_.reset();
    return Poll::kMore;
  }

  void close() override {
    array_.reset();
    stream_ = {};
  }

 private:
  bool next_array() {
    auto array = std::make_shared<ArrowOwned<ArrowArray>>();
    if (int code = stream_->get_next(stream_.get(), array->get()); code != 0) fail(*stream_.get(), code);
    if (!*array) return false;
    array_ = std::move(array);
    position_ = 0;
    return true;
  }

  OpenArrowStream open_;  // empty in all subtasks but the first
  ArrowOwned<ArrowArrayStream> stream_;
  std::unique_ptr<const ArrowReader> reader_;
  SharedArrowArray array_;
  int64_t position_ = 0;
};

class ArrowSourceFactory final : public SourceFactory {
 public:
  explicit ArrowSourceFactory(OpenArrowStream open) : open_(std::move(open)) {}
  std::unique_ptr<Source> create(uint32_t subtask, uint32_t) const override {
    return std::make_unique<ArrowSource>(subtask == 0 ? open_ : OpenArrowStream());
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
