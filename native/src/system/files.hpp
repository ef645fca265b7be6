#pragma once

#include <filesystem>
#include <string>

namespace forensics_rt {

// Writes a file, whole or not at all, with the folders above it. Returns why it cannot be written;
// empty after success.
std::string write_atomically(const std::filesystem::path &file, const std::string &content);

}  // namespace forensics_rt
