#pragma once

#include <filesystem>

namespace pf {

/// Where the system has temporary files; the folder may not be there.
std::filesystem::path temporary_folder();

}  // namespace pf
