#pragma once

#include "model/stream_element.h"
#include "serde/bytes.h"
#include "serde/opaque_columns.h"

namespace pf {

/// Appends a batch, a watermark or its status; docs/formats/in_flight.md has the bytes. `opaque` may be null
/// where no values are.
void write_element(const StreamElement& element, const OpaqueColumns* opaque, ByteWriter& out);

/// Throws Error for damaged bytes, and for opaque values where `opaque` is null.
StreamElement read_element(ByteReader& in, const OpaqueColumns* opaque);

}  // namespace pf
