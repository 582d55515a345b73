#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "dataflow/source/sequence_source.h"
#include "dataflow/source/text_source.h"
#include "harness/values.h"
#include "testing/source_driver.h"

namespace pf::testing {
namespace {

using Snapshots = std::vector<std::shared_ptr<const OperatorSnapshot>>;

/// Lets each of `parallelism` subtasks go on from the snapshots for some polls, and takes theirs.
Snapshots read_on(const SourceFactory& factory, const Snapshots& from, uint32_t parallelism,
                  size_t batch_size, const std::function<size_t()>& polls,
                  const std::function<void(const Batch&)>& visitor) {
  Snapshots snapshots;
  for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
    SubtaskSettings settings;
    settings.subtask = subtask;
    settings.parallelism = parallelism;
    settings.batch_size = batch_size;
    settings.restored = from;
    SourceDriver driver(factory, settings);
    driver.open();
    for (size_t left = polls(); left > 0 && driver.poll(); --left) continue;
    snapshots.push_back(driver.snapshot_state({1, 0}));
    for (const auto& item : driver.take_output()) visitor(std::get<Batch>(item.element));
  }
  return snapshots;
}

/// Reads a source to its end with restores at changing parallelism in between.
template <typename Value, typename Read>
std::vector<Value> read_with_restores(const SourceFactory& factory, std::mt19937& random, Read read) {
  std::vector<Value> all;
  auto visitor = [&](const Batch& batch) {
    for (auto& value : read(batch)) all.push_back(value);
  };
  Snapshots snapshots;
  for (int round = 0; round < 4; ++round) {
    snapshots = read_on(
        factory, snapshots, 1 + random() % 4, 1 + random() % 5, [&] { return random() % 5; }, visitor);
  }
  read_on(
      factory, snapshots, 1 + random() % 4, 3, [] { return SIZE_MAX; }, visitor);
  return all;
}

TEST(SourceSnapshotTest, ASequenceComesOnceWhateverTheRestores) {
  std::mt19937 random(5);
  for (int round = 0; round < 500; ++round) {
    const auto count = static_cast<int64_t>(1 + random() % 60);
    auto factory = make_sequence_source(INT64_MAX - count + 1, INT64_MAX);
    auto read = [](const Batch& batch) { return longs_of(batch); };
    auto values = read_with_restores<int64_t>(*factory, random, read);
    std::sort(values.begin(), values.end());
    std::vector<int64_t> expected(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) expected[static_cast<size_t>(i)] = INT64_MAX - count + 1 + i;
    ASSERT_EQ(values, expected);
  }
}

TEST(SourceSnapshotTest, LinesComeOnceWhateverTheRestores) {
  std::mt19937 random(6);
  const auto path = std::filesystem::temp_directory_path() / "pf_source_snapshot_test.txt";
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> lines(random() % 30);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    for (size_t i = 0; i < lines.size(); ++i) {
      lines[i] = std::string(random() % 4, 'x') + std::to_string(i);
      const bool last = i + 1 == lines.size();
      file << lines[i] << (last && random() % 2 ? "" : random() % 2 ? "\n" : "\r\n");
    }
    file.close();
    auto factory = make_text_source(split_files({path.string()}, 1 + random() % 40));
    auto read = [](const Batch& batch) { return strings_of(batch); };
    auto values = read_with_restores<std::string>(*factory, random, read);
    std::sort(values.begin(), values.end());
    std::sort(lines.begin(), lines.end());
    ASSERT_EQ(values, lines);
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace pf::testing
