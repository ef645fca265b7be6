// The weighted mean of overlapping tiles over symmetries and members, and the uncertainty. The
// twin of plan/blend.py for images that are one band; the order of every sum is the same.
#include "plan/blend.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "plan/tta.hpp"

namespace forensics_rt {

BlendMerger::BlendMerger(const Plan &plan, const std::vector<double> &member_weights,
                         std::size_t tta_count, WindowWeights &windows)
    : plan_(plan),
      member_weights_(member_weights.begin(), member_weights.end()),
      windows_(windows),
      several_(member_weights.size() * tta_count > 1) {
  const std::size_t pixels =
      static_cast<std::size_t>(plan.height) * static_cast<std::size_t>(plan.width);
  sum_.resize(pixels);
  if (several_) sum_of_squares_.resize(pixels);
}

void BlendMerger::add(const View &view, const float *answer) {
  const Tile &tile = view.tile;
  const float weight = member_weights_[static_cast<std::size_t>(view.network)];
  if (view.symmetry == Tta::identity) return accumulate(tile, answer, weight);
  const Tta inverse = inverse_of(view.symmetry);
  const bool exchanged = exchanges_axes(inverse);
  const int height = exchanged ? tile.width : tile.height;
  const int width = exchanged ? tile.height : tile.width;
  upright_.resize(static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
  turn(inverse, answer, height, width, upright_.data());
  accumulate(tile, upright_.data(), weight);
}

void BlendMerger::settle(const Tile &tile, const float *answer) {
  ++settled_tiles_;
  accumulate(tile, answer, windows_.total());
}

void BlendMerger::accumulate(const Tile &tile, const float *upright, float answer_weight) {
  const Weights weights = windows_.of_tile(tile.height, tile.width);
  const int rows = std::min(tile.height, plan_.height - tile.top);
  const int columns = std::min(tile.width, plan_.width - tile.left);
  for (int row = 0; row < rows; ++row) {
    const float *from = upright + std::ptrdiff_t{row} * tile.width;
    const float *weight = weights->data() + std::ptrdiff_t{row} * tile.width;
    const std::ptrdiff_t place = std::ptrdiff_t{tile.top + row} * plan_.width + tile.left;
    float *sum = sum_.data() + place;
    if (!several_) {
      for (int i = 0; i < columns; ++i) sum[i] += from[i] * (weight[i] * answer_weight);
      continue;
    }
    float *squares = sum_of_squares_.data() + place;
    for (int i = 0; i < columns; ++i) {
      const float weighted = from[i] * (weight[i] * answer_weight);
      sum[i] += weighted;
      squares[i] += weighted * from[i];
    }
  }
}

void BlendMerger::divide_row(int y, const float *weight) {
  float *sum = sum_.data() + std::ptrdiff_t{y} * plan_.width;
  for (int x = 0; x < plan_.width; ++x) sum[x] = std::min(std::max(sum[x] / weight[x], 0.0f), 1.0f);
  if (!several_) return;
  float *squares = sum_of_squares_.data() + std::ptrdiff_t{y} * plan_.width;
  for (int x = 0; x < plan_.width; ++x) {
    const float variance = squares[x] / weight[x] - sum[x] * sum[x];
    squares[x] = std::sqrt(std::max(variance, 0.0f));
  }
}

Maps BlendMerger::finish() {
  std::vector<float> weights(static_cast<std::size_t>(plan_.width));
  for (int y = 0; y < plan_.height; ++y) {
    windows_.of_row(plan_, y, weights.data());
    divide_row(y, weights.data());
  }
  Maps maps;
  maps.height = plan_.height;
  maps.width = plan_.width;
  maps.probability = std::move(sum_);
  maps.uncertainty = std::move(sum_of_squares_);
  maps.settled_tiles = settled_tiles_;
  return maps;
}

}  // namespace forensics_rt
