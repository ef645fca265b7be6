// Tiles of what a JPEG says of itself: its coefficients, and the table that they are divided by.
// The twin of plan/coefficients.py.
#pragma once

#include <cstddef>
#include <cstdint>

#include "plan/tiling.hpp"

namespace forensics_rt {

// Of luma, as the caller has them.
struct Coefficients {
  const std::int16_t *blocks;  // the upper left one: 64 coefficients, row by row
  int columns, rows;           // in blocks
  std::ptrdiff_t stride;       // bytes from a row of blocks to the one below
  const std::uint16_t *quantization;
};

// Where a network reads those of a tile.
struct CoefficientInputs {
  std::int32_t *dct;           // height x width: frequency (u, v) at row u and column v of a block
  std::int32_t *quantization;  // 8 x 8
};

// Copies those of a tile of an image of `height` x `width` pixels, clipped to +- `limit`; 0 beyond
// its last blocks. The tile begins with a block.
void gather_coefficients(const Coefficients &of, int height, int width, int limit, const Tile &tile,
                         CoefficientInputs out);

// Those of a gray tile, for runs whose answers nobody reads.
void blank_coefficients(int height, int width, CoefficientInputs out);

}  // namespace forensics_rt
