#pragma once

#include <functional>
#include <memory>

#include "dataflow/source/source_factory.h"
#include "model/arrow_c_data.h"

namespace pf {

using OpenArrowStream = std::function<ArrowOwned<ArrowArrayStream>()>;

/// The rows of an Arrow stream, in order and in batches that share the stream's memory; subtask 0 reads them.
/// `open` is called when the job runs. A checkpoint keeps how many rows have been read, and they are skipped
/// when the stream is opened anew. An error of the stream ends the job.
std::shared_ptr<const SourceFactory> make_arrow_source(OpenArrowStream open);

/// The schema of a stream. Throws Error with what the stream tells.
ArrowOwned<ArrowSchema> schema_of(ArrowArrayStream& stream);

}  // namespace pf
