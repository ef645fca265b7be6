// What manifest.json says. The twin of forensics_rt/bundle/manifest.py.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bundle/engines.hpp"
#include "bundle/file_record.hpp"
#include "calibration/record.hpp"
#include "recipe.hpp"

namespace forensics_rt {

struct GoldenRecord {
  int tile;
  FileRecord file;
};

struct NetworkRecord {
  std::string name;
  std::string precision;  // of the graph: "fp32" or "fp16"
  double weight = 1.0;
  FileRecord graph;
  std::optional<FileRecord> int8;
  std::vector<GoldenRecord> goldens;
  bool takes_any_tile = false;  // of any height and width that the contract allows
};

// What the export's gate found of one engine.
struct ParityRecord {
  std::string network, engine;
  int tile;
  double flipped_share, max_difference;
  bool passed;
};

struct Manifest {
  std::string name, version, license;
  std::vector<NetworkRecord> networks;  // the members, then the cascade network
  std::size_t members = 0;
  int size_multiple = 32;  // of the sides of all tiles
  // How the coefficients of JPEG are clipped; none where networks read pixels alone.
  std::optional<int> coefficient_limit;
  std::vector<int> tile_sizes;
  std::map<std::string, Recipe> recipes;
  double pixel_threshold = 0.5;
  std::vector<ParityRecord> parity;
  std::vector<EngineRecord> engines;
  std::optional<Calibration> calibration;
  std::vector<FileRecord> files;  // all that it vouches for

  bool has_cascade() const { return networks.size() > members; }
  // Heights and widths of tiles that fit the page; empty where a network pools over the tile.
  std::vector<int> tile_sides() const;
  // Which networks vote, and with what weight; it stays when a model card changes.
  std::string networks_id() const;
};

// Throws FRT_MANIFEST_INVALID; `place` is what to call the file.
Manifest parse_manifest(const std::string &json, const std::string &place);

}  // namespace forensics_rt
