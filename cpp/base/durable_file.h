#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

namespace pf {

/// Writes the parts into a file, one behind the other: after a crash at any moment there is either all of it,
/// under this name, or nothing. An older file of the name is replaced. Throws Error with what the system
/// says.
void write_durably(const std::filesystem::path& path, std::initializer_list<std::string_view> parts);

/// Makes the folder and those above it, which then outlive a crash. Throws Error.
void make_folders_durably(const std::filesystem::path& folder);

/// All of a file. Throws Error.
std::string read_whole(const std::filesystem::path& path);

}  // namespace pf
