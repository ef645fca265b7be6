// What is behind the handles of the C interface.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "detector.hpp"

struct frt_detector {
  frt_detector(const std::filesystem::path &folder, const forensics_rt::DetectorOptions &options)
      : detector(folder, options), tile_sizes(sides_of(detector)) {}

  forensics_rt::Detector detector;
  std::vector<std::int32_t> tile_sizes;

 private:
  static std::vector<std::int32_t> sides_of(const forensics_rt::Detector &of) {
    const forensics_rt::TileSides &offered = of.sides();
    if (of.recipe().tile_sizes) return *of.recipe().tile_sizes;
    return offered.fitting.empty() ? offered.squares : offered.fitting;
  }
};

struct frt_result {
  explicit frt_result(forensics_rt::Detection found) : detection(std::move(found)) {
    for (const forensics_rt::Region &one : detection.findings.regions)
      regions.push_back({one.left, one.top, one.width, one.height, one.area, one.mean_probability,
                         one.polygon.data(), one.polygon.size()});
  }

  forensics_rt::Detection detection;
  std::vector<frt_region> regions;
};
