#include "plan/tiling.hpp"

#include <algorithm>
#include <string>

#include "errors.hpp"

namespace forensics_rt {
namespace {

// An image may take more than so many times its pixels only while they are not too many in all.
constexpr double kMostTimes = 64;
constexpr std::int64_t kMostWasted = 200'000'000;

int ceil_of(int value, int divisor) { return (value + divisor - 1) / divisor; }

// The fewest tiles along one side: starts on multiples of 8, gaps as even as can be.
std::vector<int> spread(int length, int size, int overlap) {
  const int stride = (size - overlap) / kJpegBlock;
  const int blocks = length > size ? ceil_of(length - size, kJpegBlock) : 0;
  const int steps = ceil_of(blocks, stride);
  std::vector<int> starts = {0};
  for (int step = 1; step <= steps; ++step) {
    const std::int64_t place = std::int64_t{step} * blocks / steps;
    starts.push_back(static_cast<int>(place) * kJpegBlock);
  }
  return starts;
}

// End to end, and once more from the end, even where that repeats a tile.
std::vector<int> original_starts(int length, int size) {
  std::vector<int> starts;
  for (int step = 0; step < length / size; ++step) starts.push_back(step * size);
  starts.push_back(length - size);
  return starts;
}

Plan cross(int height, int width, int size, const std::vector<int> &tops,
           const std::vector<int> &lefts) {
  Plan plan{height, width, {}};
  for (const int top : tops)
    for (const int left : lefts) plan.tiles.push_back({top, left, size, size});
  return plan;
}

void refuse_waste(int height, int width, std::int64_t computed) {
  const double times = static_cast<double>(computed) / (static_cast<double>(height) * width);
  if (computed <= kMostWasted || times <= kMostTimes) return;
  throw Error(FRT_RECIPE_INVALID,
              "an image of " + std::to_string(width) + "x" + std::to_string(height) +
                  " would be computed " + std::to_string(static_cast<std::int64_t>(times)) +
                  " times over; cut it into shorter parts");
}

Plan plan_tiles(int height, int width, std::vector<int> sizes, int overlap) {
  std::sort(sizes.rbegin(), sizes.rend());
  const auto cost = [&](int size) {
    const auto rows = static_cast<std::int64_t>(spread(height, size, overlap).size());
    const auto columns = static_cast<std::int64_t>(spread(width, size, overlap).size());
    return rows * columns * size * size;
  };
  // Of two sizes that cost the same the larger comes first, and wins.
  const int size = *std::min_element(sizes.begin(), sizes.end(),
                                     [&](int a, int b) { return cost(a) < cost(b); });
  refuse_waste(height, width, cost(size));
  return cross(height, width, size, spread(height, size, overlap), spread(width, size, overlap));
}

Plan plan_original_tiles(int height, int width, const std::vector<int> &sizes) {
  int size = 0;
  for (const int one : sizes)
    if (one <= std::min(height, width)) size = std::max(size, one);
  if (size == 0)
    throw Error(FRT_RECIPE_INVALID,
                "recipe 'tianchi-fft2' needs both sides of at least " +
                    std::to_string(*std::min_element(sizes.begin(), sizes.end())) +
                    " pixels, got " + std::to_string(width) + "x" + std::to_string(height) +
                    "; the other recipes take images of any size");
  return cross(height, width, size, original_starts(height, size), original_starts(width, size));
}

}  // namespace

Plan plan_for(const Recipe &recipe, int height, int width) {
  if (recipe.merge == Merge::tianchi_fft2)
    return plan_original_tiles(height, width, recipe.tile_sizes.value());
  return plan_tiles(height, width, recipe.tile_sizes.value(), recipe.overlap);
}

}  // namespace forensics_rt
