#pragma once

#include <cstdint>
#include <string>

namespace forensics_rt {

class Fields;

// A file that a manifest vouches for.
struct FileRecord {
  std::string path;  // inside the bundle, with '/'
  std::uint64_t bytes = 0;
  std::string sha256;
};

FileRecord file_record_of(Fields fields);

}  // namespace forensics_rt
