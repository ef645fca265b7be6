#include <algorithm>
#include <cstddef>

#include "plan/maps.hpp"

namespace forensics_rt {
namespace {

constexpr int kScoredBlock = 16;

// The largest sum of a block in a band of `rows` rows; added row after row, then column after
// column, as Python does, because a sum of float32 depends on its order.
float largest_block(const float *band, int rows, int width, std::vector<float> &sums) {
  std::fill(sums.begin(), sums.end(), 0.0f);
  for (int row = 0; row < rows; ++row)
    for (int x = 0; x < width; ++x)
      sums[static_cast<std::size_t>(x)] += band[std::ptrdiff_t{row} * width + x];
  float largest = 0.0f;
  for (int left = 0; left < width; left += kScoredBlock) {
    float sum = 0.0f;
    for (int x = left; x < std::min(left + kScoredBlock, width); ++x)
      sum += sums[static_cast<std::size_t>(x)];
    largest = std::max(largest, sum);
  }
  return largest;
}

}  // namespace

double image_score(const Maps &maps) {
  std::vector<float> sums(static_cast<std::size_t>(maps.width));
  float largest = 0.0f;
  for (int top = 0; top < maps.height; top += kScoredBlock) {
    const float *band = maps.probability.data() + std::ptrdiff_t{top} * maps.width;
    const int rows = std::min(kScoredBlock, maps.height - top);
    largest = std::max(largest, largest_block(band, rows, maps.width, sums));
  }
  const int whole_block = std::min(kScoredBlock, maps.height) * std::min(kScoredBlock, maps.width);
  return static_cast<double>(largest) / whole_block;
}

}  // namespace forensics_rt
