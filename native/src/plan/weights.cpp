#include "plan/weights.hpp"

#include <algorithm>
#include <cstddef>

#include "plan/window.hpp"

namespace forensics_rt {

Weights WindowWeights::of_tile(int height, int width) {
  const std::lock_guard<std::mutex> guard(changing_);
  Weights &kept = tiles_[{height, width}];
  if (!kept) kept = std::make_shared<const std::vector<float>>(window(name_, height, width));
  return kept;
}

void WindowWeights::of_row(const Plan &plan, int y, float *weights) {
  std::fill_n(weights, plan.width, 0.0f);
  for (const Tile &tile : plan.tiles) {
    if (y < tile.top || y >= tile.top + tile.height) continue;
    const Weights window = of_tile(tile.height, tile.width);
    const float *from = window->data() + std::ptrdiff_t{y - tile.top} * tile.width;
    const int columns = std::min(tile.width, plan.width - tile.left);
    for (int column = 0; column < columns; ++column) weights[tile.left + column] += from[column];
  }
  for (int x = 0; x < plan.width; ++x) weights[x] *= total_;
}

}  // namespace forensics_rt
