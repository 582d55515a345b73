#include "dataflow/source/text_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "base/error.h"
#include "dataflow/source/split_state.h"
#include "model/utf8.h"

namespace pf {
namespace {

constexpr size_t kReadBytes = 256 * 1024;

class TextSource final : public Source {
 public:
  explicit TextSource(std::vector<FileSplit> splits) : splits_(std::move(splits)) {}

  void open(OperatorContext& context) override {
    Source::open(context);
    state_.emplace(context, R"({"type":"split of a text file"})");
    auto restored = state_->restored();
    if (!restored) return;
    splits_.clear();
    for (const std::string& bytes : *restored) {
      ByteReader in(bytes);
      FileSplit& split = splits_.emplace_back();
      split.path = in.get_bytes();
      split.begin = in.get_fixed64();
      split.end = in.get_fixed64();
    }
  }

  Poll poll(Outbox& out) override {
    if (!file_.is_open() && !open_next()) return Poll::kEnd;
    StringColumnBuilder lines;
    lines.reserve(context_->batch_size, kReadBytes);
    while (lines.size() < context_->batch_size && lines.bytes() < kReadBytes) {
      if (!append_line(lines)) break;
    }
    if (lines.size() > 0) {
      Batch batch;
      batch.values = lines.finish();
      out.emit(std::move(batch));
    }
    return Poll::kMore;
  }

  /// The split at work begins where its next line does.
  OperatorSnapshot snapshot_state(const SnapshotContext&) override {
    std::vector<std::string> left;
    auto keep = [&](const FileSplit& split, uint64_t begin) {
      ByteWriter out(left.emplace_back());
      out.put_bytes(split.path);
      out.put_fixed64(begin);
      out.put_fixed64(split.end);
    };
    if (file_.is_open() && position_ < splits_[next_split_ - 1].end) {
      keep(splits_[next_split_ - 1], position_);
    }
    for (size_t i = next_split_; i < splits_.size(); ++i) keep(splits_[i], splits_[i].begin);
    return state_->snapshot(left);
  }

  void close() override { file_.close(); }

 private:
  bool open_next() {
    if (next_split_ == splits_.size()) return false;
    const FileSplit& split = splits_[next_split_++];
    file_.open(split.path, std::ios::binary);
    if (!file_) throw Error("cannot read " + split.path + ": " + std::strerror(errno));
    read_ = filled_ = 0;
    exhausted_ = false;
    position_ = split.begin;
    if (split.begin > 0) {
      // The line that runs into this split belongs to the one before: look from its last byte on.
      position_ = split.begin - 1;
      file_.seekg(0, std::ios::end);
      if (static_cast<uint64_t>(file_.tellg()) < split.begin) {
        throw Error(split.path + " has become shorter: reading was to go on at byte " +
                    std::to_string(split.begin));
      }
      file_.seekg(static_cast<std::streamoff>(position_));
      std::string_view rest_of_line;
      if (!next_line(rest_of_line)) file_.close();
    }
    return true;
  }

  bool append_line(StringColumnBuilder& lines) {
    const FileSplit& split = splits_[next_split_ - 1];
    uint64_t start = position_;
    std::string_view line;
    if (!file_.is_open() || position_ >= split.end || !next_line(line)) {
      file_.close();
      return false;
    }
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    size_t bad = first_invalid_utf8(line);
    if (bad != line.size()) {
      throw Error(split.path + " is not UTF-8 at byte " + std::to_string(start + bad) +
                  ": name its encoding, e.g. StreamFormat.text_line_format('latin-1')");
    }
    lines.append(line);
    return true;
  }

  /// The next line without its "\n"; valid until the next call. False at the end of the file.
  bool next_line(std::string_view& line) {
    size_t searched = 0;
    for (;;) {
      std::string_view left(buffer_.data() + read_, filled_ - read_);
      size_t end = left.find('\n', searched);
      if (end != std::string_view::npos || (exhausted_ && !left.empty())) {
        bool whole = end != std::string_view::npos;
        line = left.substr(0, end);
        size_t taken = line.size() + (whole ? 1 : 0);
        read_ += taken;
        position_ += taken;
        return true;
      }
      if (exhausted_) return false;
      searched = left.size();
      fill();
    }
  }

  void fill() {
    if (read_ < filled_) std::memmove(buffer_.data(), buffer_.data() + read_, filled_ - read_);
    filled_ -= std::exchange(read_, 0);
    buffer_.resize(std::max(buffer_.size(), filled_ + kReadBytes));
    file_.read(buffer_.data() + filled_, kReadBytes);
    auto got = static_cast<size_t>(file_.gcount());
    filled_ += got;
    if (file_.bad()) throw Error("reading " + splits_[next_split_ - 1].path + " failed");
    exhausted_ = got < kReadBytes;
  }

  std::vector<FileSplit> splits_;
  std::optional<SplitState> state_;
  size_t next_split_ = 0;
  std::ifstream file_;
  std::vector<char> buffer_;
  size_t filled_ = 0;       // of buffer_
  size_t read_ = 0;         // of that
  uint64_t position_ = 0;   // in the file, of the next line
  bool exhausted_ = false;  // the file has no bytes beyond those
};

class TextSourceFactory final : public SourceFactory {
 public:
  explicit TextSourceFactory(std::vector<FileSplit> splits) : splits_(std::move(splits)) {}

  std::unique_ptr<Source> create(uint32_t subtask, uint32_t parallelism) const override {
    std::vector<FileSplit> share;
    for (size_t i = subtask; i < splits_.size(); i += parallelism) share.push_back(splits_[i]);
    return std::make_unique<TextSource>(std::move(share));
  }

 private:
  std::vector<FileSplit> splits_;
};

}  // namespace

std::vector<FileSplit> split_files(const std::vector<std::string>& paths, uint64_t split_bytes) {
  std::vector<FileSplit> splits;
  for (const std::string& path : paths) {
    std::error_code error;
    uint64_t size = std::filesystem::file_size(path, error);
    if (error) throw Error("cannot read " + path + ": " + error.message());
    for (uint64_t begin = 0; begin < size; begin += split_bytes) {
      splits.push_back({path, begin, std::min(size, begin + split_bytes)});
    }
  }
  return splits;
}

std::shared_ptr<const SourceFactory> make_text_source(std::vector<FileSplit> splits) {
  return std::make_shared<TextSourceFactory>(std::move(splits));
}

}  // namespace pf
