#include "bundle/opening.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "bundle/sha256.hpp"
#include "errors.hpp"
#include "system/cpu.hpp"

namespace forensics_rt {
namespace {

namespace fs = std::filesystem;
constexpr const char *kManifestFile = "manifest.json";
constexpr std::size_t kMostHashing = 4;
// How ONNX names the file where weights are, if they are not in the graph.
constexpr const char kElsewhere[] = "\n\x08location\x12";

// Why a file is not the one that the manifest names; empty for a sound one.
std::string damage_of(const fs::path &folder, const FileRecord &record) try {
  const fs::path path = folder / record.path;
  if (!fs::is_regular_file(path)) return record.path + " is missing";
  const auto found_bytes = fs::file_size(path);
  if (found_bytes != record.bytes)
    return record.path + " has " + std::to_string(found_bytes) + " bytes, the manifest says " +
           std::to_string(record.bytes);
  const std::string found = sha256_of(path);
  if (found != record.sha256)
    return record.path + " has SHA-256 " + found.substr(0, 12) + "..., the manifest says " +
           record.sha256.substr(0, 12) + "...";
  return "";
} catch (const std::system_error &error) {
  return record.path + " cannot be read: " + error.code().message();
}

// One text a file; several files are hashed at a time.
std::vector<std::string> damage_of_all(const fs::path &folder,
                                       const std::vector<FileRecord> &records) {
  std::vector<std::string> found(records.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < records.size(); i = next++)
      found[i] = damage_of(folder, records[i]);
  };
  std::vector<std::thread> others;
  const std::size_t threads =
      std::min({kMostHashing, static_cast<std::size_t>(usable_cores()), records.size()});
  try {
    while (others.size() + 1 < threads) others.emplace_back(work);
  } catch (const std::system_error &) {  // no more threads: those that there are do
  }
  work();
  for (std::thread &other : others) other.join();
  return found;
}

// This library checks no signatures and no versions: what asks for that must not be passed over.
void refuse_what_cannot_be_checked(const fs::path &folder) {
  const auto required = [](const char *variable) {
    const char *value = std::getenv(variable);
    return value != nullptr && std::string(value).find_first_not_of(" \t") != std::string::npos;
  };
  const char *signature = std::getenv("FORENSICS_RT_REQUIRE_SIGNATURE");
  const std::string asked = signature == nullptr ? "" : signature;
  if (required("FORENSICS_RT_REQUIRE_SIGNATURE") && asked != "0" && asked != "false" &&
      asked != "no")
    throw Error(FRT_BUNDLE_UNTRUSTED,
                folder.string() +
                    ": FORENSICS_RT_REQUIRE_SIGNATURE is set, and the C library cannot check "
                    "signatures; check the bundle with `forensics-rt verify --key`, and start this "
                    "program without the variable");
  if (required("FORENSICS_RT_MINIMUM_VERSIONS"))
    throw Error(FRT_BUNDLE_UNTRUSTED,
                folder.string() +
                    ": FORENSICS_RT_MINIMUM_VERSIONS is set, and the C library cannot compare "
                    "versions; check the bundle with `forensics-rt verify`, and start this program "
                    "without the variable");
}

}  // namespace

Bundle Bundle::open(const fs::path &folder) {
  refuse_what_cannot_be_checked(folder);
  const fs::path file = folder / kManifestFile;
  std::string raw;
  try {
    if (fs::is_directory(file)) throw std::system_error(EISDIR, std::generic_category());
    raw = read_file(file);
  } catch (const std::system_error &error) {
    if (error.code() == std::errc::no_such_file_or_directory ||
        error.code() == std::errc::not_a_directory)
      throw Error(FRT_BUNDLE_NOT_FOUND,
                  folder.string() +
                      ": no bundle here, there is no manifest.json; give the folder "
                      "that `python -m export.build_engines --out` wrote");
    throw Error(FRT_BUNDLE_NOT_FOUND,
                file.string() + ": cannot be read: " + error.code().message());
  }
  Bundle bundle{folder, parse_manifest(raw, file.string()), sha256(raw).substr(0, 16)};
  std::string damage;
  for (const std::string &line : damage_of_all(folder, bundle.manifest.files))
    if (!line.empty()) damage += (damage.empty() ? "" : "; ") + line;
  if (!damage.empty())
    throw Error(FRT_BUNDLE_ALTERED, folder.string() +
                                        ": the bundle is not as it was built: " + damage +
                                        ". Copy it again from where it came, or build "
                                        "it again");
  return bundle;
}

std::string Bundle::described() const {
  return manifest.name + " " + manifest.version + " (id " + id + ")";
}

const FileRecord &Bundle::graph_file(const NetworkRecord &network, bool int8) const {
  return int8 && network.int8 ? *network.int8 : network.graph;
}

std::string Bundle::read(const FileRecord &record) const {
  const fs::path file = path / record.path;
  std::string bytes;
  try {
    bytes = read_file(file);
  } catch (const std::system_error &error) {
    throw Error(FRT_BUNDLE_ALTERED, file.string() + ": cannot be read: " + error.code().message());
  }
  if (sha256(bytes) != record.sha256)
    throw Error(FRT_BUNDLE_ALTERED,
                file.string() + ": changed since the bundle was opened; open it again");
  return bytes;
}

std::string Bundle::graph(const FileRecord &record) const {
  std::string bytes = read(record);
  if (bytes.find(kElsewhere) != std::string::npos)
    throw Error(FRT_BUNDLE_ALTERED,
                (path / record.path).string() +
                    ": keeps weights in another file, which nothing would check; save "
                    "the graph with all its weights inside");
  return bytes;
}

}  // namespace forensics_rt
