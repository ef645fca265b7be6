// Files that this machine made for its later starts: each is checked before it is used. The twin of
// forensics_rt/system/kept_files.py, whose files it shares.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace forensics_rt {

// How many bytes of a whole file are its content; none where it is damaged or something else.
// `subject`: all that the content depends on.
std::optional<std::size_t> kept_content(std::string_view whole, std::string_view subject);

// A private folder of bounded size. Several processes may use it at once. What is missing, damaged,
// of somebody else or of other contents counts as not there.
class KeptFiles {
 public:
  // `most_bytes`: of all files together; those used longest ago go first.
  KeptFiles(std::optional<std::filesystem::path> folder, std::uintmax_t most_bytes);

  bool has(const std::string &beginning) const;  // whether a file's name begins so
  std::optional<std::string> read(const std::string &name, const std::string &subject) const;

  // A path in the folder for what is not whole yet; throws std::system_error. Not without a folder.
  std::filesystem::path new_part() const;
  // Keeps the content of a part, which is gone then; throws std::system_error.
  void keep(const std::filesystem::path &part, const std::string &name,
            const std::string &subject) const;

  const std::optional<std::filesystem::path> &folder() const { return folder_; }

 private:
  void make_room(std::uintmax_t size) const;
  std::optional<std::filesystem::path> folder_;
  std::uintmax_t most_bytes_;
};

}  // namespace forensics_rt
