#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace forensics_rt {

class Digest {
 public:
  Digest();
  void add(const char *bytes, std::size_t count);
  // Both end it.
  std::string bytes();        // 32
  std::string hexadecimal();  // 64 digits

 private:
  struct Free {
    void operator()(void *context) const noexcept;
  };
  std::unique_ptr<void, Free> context_;
};

// 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

// Of a file; throws std::system_error where it cannot be read.
std::string sha256_of(const std::filesystem::path &file);

// All bytes of a file; throws std::system_error where it cannot be read.
std::string read_file(const std::filesystem::path &file);

}  // namespace forensics_rt
