#pragma once

#include <rocksdb/env.h>

namespace pf {

/// The machine's files without any waiting for the disk: for databases that nobody opens again. Lives as long
/// as the process.
rocksdb::Env* scratch_env();

}  // namespace pf
