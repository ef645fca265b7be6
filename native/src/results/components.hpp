// The connected parts of a mask over eight neighbors. The twin of plan/mask.py.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/maps.hpp"

namespace forensics_rt {

// Pixels of one row that follow one another.
struct Run {
  int y;
  int left;
  int right;  // excluded
};

struct Component {
  std::vector<Run> runs;         // from top to bottom, left to right
  int left, top, right, bottom;  // right and bottom excluded
  std::int64_t area;
  double sum;               // of the probability of its pixels
  std::int64_t convincing;  // pixels of a high probability
};

// The parts of all pixels at `threshold` or above, in the order in which OpenCV labels them. Pixels
// at `high` or above are convincing.
std::vector<Component> find_components(const Maps &maps, float threshold, float high);

}  // namespace forensics_rt
