#include "bundle/file_record.hpp"

#include "bundle/fields.hpp"

namespace forensics_rt {
namespace {

constexpr std::int64_t kMostBytes = std::int64_t{1} << 53;

}  // namespace

FileRecord file_record_of(Fields fields) {
  FileRecord file;
  file.path = fields.text("path");
  const bool leads_out = ("/" + file.path + "/").find("/../") != std::string::npos;
  if (file.path.empty() || file.path[0] == '/' || leads_out ||
      file.path.find('\\') != std::string::npos)
    fields.refuse("path", "a path inside the bundle, written with '/'");
  file.bytes = static_cast<std::uint64_t>(fields.whole("bytes", 0, kMostBytes));
  file.sha256 = fields.text("sha256");
  if (file.sha256.size() != 64 ||
      file.sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
    fields.refuse("sha256", "64 hexadecimal digits");
  fields.refuse_others();
  return file;
}

}  // namespace forensics_rt
