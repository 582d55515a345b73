#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataflow/source/source_factory.h"

namespace pf {

/// A piece of a file. A line belongs to the split in which its first byte lies.
struct FileSplit {
  std::string path;
  uint64_t begin = 0;
  uint64_t end = 0;
};

/// Cuts files into splits of about `split_bytes`. Throws Error naming a file that can't be read.
std::vector<FileSplit> split_files(const std::vector<std::string>& paths, uint64_t split_bytes);

/// The lines of text files as STRING, without their line ends ("\n" or "\r\n"). Subtask i reads
/// splits i, i + parallelism, ... in order. Bytes that are not UTF-8 end the job with an error that
/// names file and offset. A checkpoint keeps the splits that are left, the one at work from its next line on;
/// at another parallelism they are dealt out anew.
std::shared_ptr<const SourceFactory> make_text_source(std::vector<FileSplit> splits);

}  // namespace pf
