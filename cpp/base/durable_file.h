#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pf {

/// A file could not be written or read, with what the system says; not that there is none where one may be.
class FileError : public Error {
 public:
  using Error::Error;
};

/// Writes the parts into a file, one behind the other: after a crash at any moment there is either all of it,
/// under this name, or nothing. An older file of the name is replaced. Throws FileError.
void write_durably(const std::filesystem::path& path, std::initializer_list<std::string_view> parts);

/// Makes the folder and those above it, which then outlive a crash. Throws FileError.
void make_folders_durably(const std::filesystem::path& folder);

/// All of a file. Throws FileError.
std::string read_whole(const std::filesystem::path& path);

}  // namespace pf
