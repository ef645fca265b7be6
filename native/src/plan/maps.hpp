// The maps of an image. The twin of plan/maps.py and score.py.
#pragma once

#include <vector>

namespace forensics_rt {

struct Maps {
  int height = 0;
  int width = 0;
  std::vector<float> probability;  // height x width
  std::vector<float> uncertainty;  // likewise; empty where one answer leaves nothing to disagree
  int settled_tiles = 0;           // by the cascade network
  int constant_tiles = 0;
  int repeated_tiles = 0;
};

// The largest mean probability of a block of the 16x16 grid.
double image_score(const Maps &maps);

}  // namespace forensics_rt
