// Cutting tiles out of an image, reflected at its edges, turned. The twin of plan/gather.py.
#pragma once

#include <vector>

#include "plan/pixel.hpp"
#include "plan/tiling.hpp"

namespace forensics_rt {

// Reads pixels of one row, as a network sees them.
void read_pixels(const Image &image, int y, int x, int count, Rgb *out);

// Copies one tile under one symmetry to where a network reads it.
class Gatherer {
 public:
  explicit Gatherer(const Image &image) : image_(image) {}
  void gather(const Tile &tile, Tta symmetry, Rgb *out);

 private:
  void gather_upright(const Tile &tile, Rgb *out) const;
  void read_row(int y, const Tile &tile, Rgb *out) const;

  Image image_;
  std::vector<Rgb> upright_;  // before it is turned
};

}  // namespace forensics_rt
