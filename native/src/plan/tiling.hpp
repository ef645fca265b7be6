// Where the tiles of an image lie. The twin of forensics_rt/plan/tiling.py and tianchi_fft2.py.
#pragma once

#include <cstdint>
#include <vector>

#include "recipe.hpp"

namespace forensics_rt {

constexpr int kJpegBlock = 8;

// A cut of the image, in pixels; it may reach beyond the right and lower edge.
struct Tile {
  int top;
  int left;
  int height;
  int width;
};

struct Plan {
  int height;
  int width;
  std::vector<Tile> tiles;  // row by row, left to right
};

// Sides of tiles that a bundle and a backend offer, in pixels, rising.
struct TileSides {
  std::vector<int> squares;
  std::vector<int>
      fitting;  // heights and widths of tiles that fit the page; empty for squares alone
};

// The tiles of an image under a recipe, whose own tile sizes come first (FRT_RECIPE_INVALID).
Plan plan_for(const Recipe &recipe, int height, int width, const TileSides &sides);

}  // namespace forensics_rt
