#include "medium/sample.hpp"

#include <algorithm>

#include "plan/gather.hpp"

namespace forensics_rt {
namespace {

constexpr int kMostBlocks = 32;  // across and down

// From one block of the sample to the next, in pixels.
int step_of(int length) { return ((length / kBlock + kMostBlocks - 1) / kMostBlocks) * kBlock; }

int count_of(int length) { return (length - kBlock) / step_of(length) + 1; }

// The edge pixel itself is not repeated.
int mirrored(int place, int length) {
  if (place < 0) return -place;
  return place < length ? place : 2 * (length - 1) - place;
}

}  // namespace

Sample::Sample(const Image &image)
    : rows_(count_of(image.height)),
      columns_(count_of(image.width)),
      pixels_(static_cast<std::size_t>(height()) * static_cast<std::size_t>(width())) {
  Rgb *to = pixels_.data();
  for (int row = 0; row < rows_; ++row)
    for (int y = 0; y < kBlock; ++y)
      for (int column = 0; column < columns_; ++column, to += kBlock)
        read_pixels(image, row * step_of(image.height) + y, column * step_of(image.width), kBlock,
                    to);
}

Extremes Sample::extremes(int row, int column) const {
  Rgb low{255, 255, 255}, high{0, 0, 0};
  for (int y = row * kBlock; y < (row + 1) * kBlock; ++y)
    for (int x = column * kBlock; x < (column + 1) * kBlock; ++x) {
      const Rgb pixel = at(y, x);
      low = {std::min(low.r, pixel.r), std::min(low.g, pixel.g), std::min(low.b, pixel.b)};
      high = {std::max(high.r, pixel.r), std::max(high.g, pixel.g), std::max(high.b, pixel.b)};
    }
  return {std::min({low.r, low.g, low.b}),
          std::max({high.r - low.r, high.g - low.g, high.b - low.b})};
}

int Sample::brightest_spot(int row, int column) const {
  int brightest = 0;
  for (int y = row * kBlock; y < (row + 1) * kBlock; ++y)
    for (int x = column * kBlock; x < (column + 1) * kBlock; ++x) {
      int sum = 0;
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx)
          sum += at(mirrored(y + dy, height()), mirrored(x + dx, width())).g;
      brightest = std::max(brightest, (2 * sum + 9) / 18);  // to the nearest
    }
  return brightest;
}

}  // namespace forensics_rt
