#include "dataflow/source/text_source.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/error.h"
#include "harness/source_reader.h"
#include "harness/values.h"

namespace pf::testing {
namespace {

using Lines = std::vector<std::string>;

class TextSourceTest : public ::testing::Test {
 protected:
  TextSourceTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "pyflinkpp_text_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~TextSourceTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& content) {
    std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  static Lines read(const std::vector<FileSplit>& splits, uint32_t parallelism = 1, size_t batch_size = 3) {
    auto factory = make_text_source(splits);
    Lines lines;
    for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
      for (const Batch& batch : read_source(*factory, subtask, parallelism, batch_size)) {
        Lines some = strings_of(batch);
        lines.insert(lines.end(), some.begin(), some.end());
      }
    }
    return lines;
  }
  /// Cut anywhere and read by any number of subtasks, a file has to give just these lines.
  void expect_lines(const std::string& content, Lines expected) {
    std::string path = write("file", content);
    Lines sorted = expected;
    std::sort(sorted.begin(), sorted.end());
    for (uint64_t size = 1; size <= content.size() + 1; ++size) {
      auto splits = split_files({path}, size);
      EXPECT_EQ(read(splits), expected) << "splits of " << size;
      for (uint32_t parallelism : {2, 3}) {
        Lines lines = read(splits, parallelism);
        std::sort(lines.begin(), lines.end());
        EXPECT_EQ(lines, sorted) << "splits of " << size << ", parallelism " << parallelism;
      }
    }
  }

  std::filesystem::path folder_;
};

TEST_F(TextSourceTest, LinesEndWithNewlines) {
  expect_lines("one\ntwo words\nthree\n", {"one", "two words", "three"});
}

TEST_F(TextSourceTest, LinesMayEndWithCarriageReturnAndNewline) {
  expect_lines("one\r\ntwo\r\n\r\nthree\r\n", {"one", "two", "", "three"});
}

TEST_F(TextSourceTest, TheLastLineNeedsNoNewline) { expect_lines("one\ntwo", {"one", "two"}); }

TEST_F(TextSourceTest, EmptyLinesCount) { expect_lines("\n\na\n\n", {"", "", "a", ""}); }

TEST_F(TextSourceTest, MixedLineEndsAndCharactersOfSeveralBytes) {
  expect_lines("ä\r\n€\n\n😀 x\r\n\rb\nc\r", {"ä", "€", "", "😀 x", "\rb", "c"});
}

TEST_F(TextSourceTest, OneLineOnly) {
  expect_lines("a long line without an end", {"a long line without an end"});
  expect_lines("\n", {""});
}

TEST_F(TextSourceTest, AnEmptyFileHasNoLines) { expect_lines("", {}); }

TEST_F(TextSourceTest, SeveralFilesAreReadInOrder) {
  auto splits = split_files({write("a", "1\n2"), write("empty", ""), write("b", "3\n")}, 2);
  EXPECT_EQ(read(splits), (Lines{"1", "2", "3"}));
}

TEST_F(TextSourceTest, LinesLongerThanTheReadBuffer) {
  std::string path = write("long", std::string(600'000, 'x') + "\nend\n");
  for (uint64_t size : {1'000'000, 262'144, 262'143}) {
    Lines lines = read(split_files({path}, size));
    ASSERT_EQ(lines.size(), 2U) << size;
    EXPECT_EQ(lines[0].size(), 600'000U);
    EXPECT_EQ(lines[1], "end");
  }
}

TEST_F(TextSourceTest, BatchesKeepToTheirSize) {
  auto factory = make_text_source(split_files({write("file", "1\n2\n3\n4\n5\n")}, 100));
  for (const Batch& batch : read_source(*factory, 0, 1, 2)) EXPECT_LE(batch.size(), 2U);
}

void expect_error(const std::function<void()>& call, const std::vector<std::string>& words) {
  try {
    call();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    for (const auto& word : words)
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
}

TEST_F(TextSourceTest, AMissingFileIsNamedWhenItIsSplit) {
  expect_error([&] { split_files({folder_ / "none"}, 10); }, {(folder_ / "none").string(), "No such file"});
}

TEST_F(TextSourceTest, AFileThatWentMissingIsNamedWhenItIsRead) {
  auto splits = split_files({write("gone", "1\n")}, 10);
  std::filesystem::remove(folder_ / "gone");
  expect_error([&] { read(splits); }, {(folder_ / "gone").string(), "No such file"});
}

TEST_F(TextSourceTest, ABadByteIsNamedByItsOffsetInTheFileWhateverTheSplits) {
  std::string path = write("latin1", "good\r\nstill good\nna\xefve\n");
  for (uint64_t size = 1; size < 30; ++size) {
    expect_error([&] { read(split_files({path}, size)); }, {path + " is not UTF-8 at byte 19:", "latin-1"});
  }
}

}  // namespace
}  // namespace pf::testing
