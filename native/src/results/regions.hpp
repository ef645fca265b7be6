// From a map to its mask and the regions that a person can point at. The twin of
// results/regions.py.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "forensics_rt.h"
#include "plan/maps.hpp"

namespace forensics_rt {

struct Decision {
  double threshold;
  std::optional<double> high_threshold;  // that a region must reach
  int high_area = 1;                     // with so many pixels

  // Probability from which a pixel speaks for its region: never below the threshold.
  double convincing() const { return std::max(threshold, high_threshold.value_or(0.0)); }
};

struct Region {
  int left, top, width, height;
  std::int64_t area;
  double mean_probability;
  std::vector<frt_point> polygon;
};

struct Findings {
  std::vector<std::uint8_t> mask;  // 0 or 1
  std::int64_t forged_pixels;
  std::vector<Region> regions;  // the largest first
};

Findings find_regions(const Maps &maps, const Decision &decision);

}  // namespace forensics_rt
