#include "plan/weights.hpp"

#include <algorithm>
#include <cstddef>

#include "plan/window.hpp"

namespace forensics_rt {
namespace {

constexpr std::size_t kKeptImages = 2;
constexpr std::size_t kMostKeptPixels = 12'000'000;  // 96 MB in all

}  // namespace

Weights WindowWeights::of_tile(int height, int width) {
  const std::lock_guard<std::mutex> guard(changing_);
  Weights &kept = tiles_[{height, width}];
  if (!kept) kept = std::make_shared<const std::vector<float>>(window(name_, height, width));
  return kept;
}

Weights WindowWeights::of_pixels(const Plan &plan) {
  {
    const std::lock_guard<std::mutex> guard(changing_);
    for (const Kept &kept : images_)
      if (kept.height == plan.height && kept.width == plan.width) return kept.weights;
  }
  Weights sum = sum_over(plan);
  if (sum->size() <= kMostKeptPixels) {
    const std::lock_guard<std::mutex> guard(changing_);
    images_.push_front({plan.height, plan.width, sum});
    if (images_.size() > kKeptImages) images_.pop_back();
  }
  return sum;
}

Weights WindowWeights::sum_over(const Plan &plan) {
  const std::size_t width = static_cast<std::size_t>(plan.width);
  std::vector<float> sum(static_cast<std::size_t>(plan.height) * width);
  for (const Tile &tile : plan.tiles) {
    const Weights weights = of_tile(tile.height, tile.width);
    const int rows = std::min(tile.height, plan.height - tile.top);
    const int columns = std::min(tile.width, plan.width - tile.left);
    for (int row = 0; row < rows; ++row) {
      float *to = sum.data() + static_cast<std::size_t>(tile.top + row) * width + tile.left;
      const float *from = weights->data() + std::ptrdiff_t{row} * tile.width;
      for (int column = 0; column < columns; ++column) to[column] += from[column];
    }
  }
  for (float &weight : sum) weight *= total_;
  return std::make_shared<const std::vector<float>>(std::move(sum));
}

}  // namespace forensics_rt
