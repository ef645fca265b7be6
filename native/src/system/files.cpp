#include "system/files.hpp"

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <system_error>

namespace forensics_rt {

std::string write_atomically(const std::filesystem::path &file, const std::string &content) try {
  static std::atomic<unsigned> count{0};
  std::filesystem::create_directories(file.parent_path());
  const std::filesystem::path whole =
      file.string() + "." + std::to_string(getpid()) + "." + std::to_string(count++) + ".tmp";
  std::ofstream stream(whole, std::ios::binary);
  stream << content;
  stream.close();
  std::error_code failed;
  if (stream) std::filesystem::rename(whole, file, failed);
  if (stream && !failed) return "";
  std::error_code ignored;
  std::filesystem::remove(whole, ignored);
  return failed ? failed.message() : "no permission, or a full disk";
} catch (const std::system_error &error) {
  return error.code().message();
}

}  // namespace forensics_rt
