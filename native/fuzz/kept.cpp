// Any bytes as a file that an earlier start kept: its content, or none. Nothing else may happen.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "system/kept_files.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view whole(reinterpret_cast<const char *>(data), size);
  for (const std::string_view subject : {std::string_view("what it is"), whole.substr(0, 8)}) {
    const auto content = forensics_rt::kept_content(whole, subject);
    if (content && *content + 64 != size) {
      std::fprintf(stderr, "a content of %zu bytes in a file of %zu\n", *content, size);
      std::abort();
    }
  }
  return 0;
}
