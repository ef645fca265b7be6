// Which tiles of an image need not be answered each for itself.
#pragma once

#include <string>
#include <vector>

#include "plan/pixel.hpp"
#include "plan/tiling.hpp"

namespace forensics_rt {

struct ComingAgain {
  // Of each tile: its color (3 bytes), or a digest where another one is like it; else empty.
  std::vector<std::string> names;
  int constant = 0;  // tiles of one color
  int repeated = 0;  // others that are like one before them
};

ComingAgain find_coming_again(const Image &image, const std::vector<Tile> &tiles);

}  // namespace forensics_rt
