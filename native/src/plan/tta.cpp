#include "plan/tta.hpp"

#include <algorithm>
#include <cstddef>

#include "plan/pixel.hpp"

namespace forensics_rt {
namespace {

// Every symmetry reads pixel (row, column) of its result at (row, column), or at (column, row) if
// transposed, with either coordinate then counted from the other end if flipped.
struct Reading {
  bool transposed;
  bool flips_rows;
  bool flips_columns;
};

Reading reading_of(Tta symmetry) {
  switch (symmetry) {
    case Tta::identity: return {false, false, false};
    case Tta::rotate90: return {true, false, true};
    case Tta::rotate180: return {false, true, true};
    case Tta::rotate270: return {true, true, false};
    case Tta::flip_left_right: return {false, false, true};
    case Tta::flip_up_down: return {false, true, false};
    case Tta::transpose: return {true, false, false};
    case Tta::transverse: return {true, true, true};
  }
  return {false, false, false};
}

// Side of the blocks in which is copied, so that reads across rows stay in the cache.
constexpr int kTurnedBlock = 32;

}  // namespace

Tta inverse_of(Tta symmetry) {
  if (symmetry == Tta::rotate90) return Tta::rotate270;
  if (symmetry == Tta::rotate270) return Tta::rotate90;
  return symmetry;
}

bool exchanges_axes(Tta symmetry) { return reading_of(symmetry).transposed; }

template <typename Element>
void turn(Tta symmetry, const Element *source, int height, int width, Element *target) {
  const Reading reading = reading_of(symmetry);
  const int rows = reading.transposed ? width : height;
  const int columns = reading.transposed ? height : width;
  // Steps through the source for one row and one column of the target.
  const std::ptrdiff_t row_step = reading.flips_rows ? -std::ptrdiff_t{width} : width;
  const std::ptrdiff_t column_step = reading.flips_columns ? -1 : 1;
  const std::ptrdiff_t down = reading.transposed ? column_step : row_step;
  const std::ptrdiff_t across = reading.transposed ? row_step : column_step;
  const Element *first = source + (reading.flips_rows ? std::ptrdiff_t{height - 1} * width : 0) +
                         (reading.flips_columns ? width - 1 : 0);
  for (int top = 0; top < rows; top += kTurnedBlock)
    for (int left = 0; left < columns; left += kTurnedBlock)
      for (int row = top; row < std::min(top + kTurnedBlock, rows); ++row) {
        const Element *from = first + row * down + left * across;
        Element *to = target + std::ptrdiff_t{row} * columns + left;
        for (int column = left; column < std::min(left + kTurnedBlock, columns); ++column) {
          *to++ = *from;
          from += across;
        }
      }
}

template void turn(Tta, const float *, int, int, float *);
template void turn(Tta, const std::uint8_t *, int, int, std::uint8_t *);
template void turn(Tta, const Rgb *, int, int, Rgb *);

}  // namespace forensics_rt
