#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace forensics_rt {

// 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

// Of a file; throws std::system_error where it cannot be read.
std::string sha256_of(const std::filesystem::path &file);

// All bytes of a file; throws std::system_error where it cannot be read.
std::string read_file(const std::filesystem::path &file);

}  // namespace forensics_rt
