#include "system/kept_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "bundle/sha256.hpp"

namespace forensics_rt {
namespace {

namespace fs = std::filesystem;
// A file ends with the SHA-256 over what it is and what it holds, zeros, and these bytes.
constexpr std::string_view kMagic = "FRTKEPT1";
constexpr std::size_t kTrailer = 64;
constexpr std::time_t kLeftOver = 3600;  // seconds

[[noreturn]] void fail() { throw std::system_error(errno, std::generic_category()); }

std::string trailer_of(std::string_view subject, std::string_view content) {
  Digest digest;
  digest.add(subject.data(), subject.size());
  digest.add("", 1);  // a zero
  digest.add(content.data(), content.size());
  std::string trailer = digest.bytes();
  trailer.resize(kTrailer - kMagic.size());
  return trailer.append(kMagic);
}

// Whether none but this user, and root, could have written an open file.
bool is_trusted(const struct stat &told) {
  return S_ISREG(told.st_mode) && (told.st_uid == 0 || told.st_uid == geteuid()) &&
         (told.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE *)>;

}  // namespace

std::optional<std::size_t> kept_content(std::string_view whole, std::string_view subject) {
  if (whole.size() < kTrailer) return std::nullopt;
  const std::size_t size = whole.size() - kTrailer;
  if (whole.substr(size) != trailer_of(subject, whole.substr(0, size))) return std::nullopt;
  return size;
}

KeptFiles::KeptFiles(std::optional<fs::path> folder, std::uintmax_t most_bytes)
    : folder_(std::move(folder)), most_bytes_(most_bytes) {}

bool KeptFiles::has(const std::string &beginning) const {
  std::error_code failed;
  if (folder_)
    for (fs::directory_iterator at(*folder_, failed), end; !failed && at != end;
         at.increment(failed))
      if (at->path().filename().native().rfind(beginning, 0) == 0) return true;
  return false;
}

std::optional<std::string> KeptFiles::read(const std::string &name,
                                           const std::string &subject) const {
  if (!folder_) return std::nullopt;
  const Stream stream(std::fopen((*folder_ / name).c_str(), "rbe"), &std::fclose);
  struct stat told {};
  if (!stream || fstat(fileno(stream.get()), &told) != 0 || !is_trusted(told)) return std::nullopt;
  if (static_cast<std::uintmax_t>(told.st_size) > most_bytes_) return std::nullopt;
  std::string whole(static_cast<std::size_t>(told.st_size), '\0');
  if (std::fread(whole.data(), 1, whole.size(), stream.get()) != whole.size()) return std::nullopt;
  const auto size = kept_content(whole, subject);
  if (!size) return std::nullopt;
  futimens(fileno(stream.get()), nullptr);  // used now; a folder may be only to be read
  whole.resize(*size);
  return whole;
}

fs::path KeptFiles::new_part() const {
  static std::atomic<unsigned> count{0};
  if (folder_->has_parent_path()) fs::create_directories(folder_->parent_path());
  if (mkdir(folder_->c_str(), S_IRWXU) != 0 && errno != EEXIST) fail();
  const std::string name = "." + std::to_string(getpid()) + "-" + std::to_string(count++) + "-" +
                           std::to_string(std::time(nullptr)) + ".part";
  const fs::path part = *folder_ / name;
  const int made = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (made < 0) fail();
  close(made);
  return part;
}

void KeptFiles::keep(const fs::path &part, const std::string &name,
                     const std::string &subject) const {
  const std::string content = read_file(part);
  if (content.size() + kTrailer <= most_bytes_) {
    make_room(kTrailer);  // the part is in the folder already
    const std::string trailer = trailer_of(subject, content);
    Stream stream(std::fopen(part.c_str(), "abe"), &std::fclose);
    if (!stream || std::fwrite(trailer.data(), 1, trailer.size(), stream.get()) != trailer.size())
      fail();
    if (std::fclose(stream.release()) != 0) fail();
    fs::rename(part, *folder_ / name);
  } else {
    fs::remove(part);
  }
}

void KeptFiles::make_room(std::uintmax_t size) const {
  std::vector<std::tuple<std::time_t, std::uintmax_t, fs::path>> found;
  std::error_code failed;
  std::uintmax_t total = size;
  for (fs::directory_iterator at(*folder_, failed), end; !failed && at != end;
       at.increment(failed)) {
    struct stat told {};
    if (lstat(at->path().c_str(), &told) != 0) continue;  // another process has removed it
    found.emplace_back(told.st_mtime, static_cast<std::uintmax_t>(told.st_size), at->path());
    total += std::get<1>(found.back());
  }
  std::sort(found.begin(), found.end());
  for (const auto &[used, bytes, path] : found) {
    // What another process is writing has just been touched.
    const bool left_over = path.extension() == ".part" && used < std::time(nullptr) - kLeftOver;
    if ((total > most_bytes_ || left_over) && fs::remove(path, failed)) total -= bytes;
  }
}

}  // namespace forensics_rt
