// Opening a bundle. The twin of forensics_rt/bundle/opening.py.
#pragma once

#include <filesystem>
#include <string>

#include "bundle/manifest.hpp"

namespace forensics_rt {

// A bundle whose files are those that its manifest names.
struct Bundle {
  std::filesystem::path path;
  Manifest manifest;
  std::string id;  // first 16 hexadecimal digits of the manifest's SHA-256

  // Checks the schema and every hash: FRT_BUNDLE_NOT_FOUND, FRT_MANIFEST_INVALID,
  // FRT_BUNDLE_ALTERED, FRT_BUNDLE_UNTRUSTED.
  static Bundle open(const std::filesystem::path &folder);

  std::string described() const;  // name, version and id

  // Which file a network's graph is: that in int8, if asked for and there.
  const FileRecord &graph_file(const NetworkRecord &network, bool int8) const;
  // The bytes of a file, checked once more (FRT_BUNDLE_ALTERED).
  std::string read(const FileRecord &file) const;
  // The same of a graph, which must hold all of its weights.
  std::string graph(const FileRecord &file) const;
};

}  // namespace forensics_rt
