// The merging of the Tianchi FFT2 rank-3 system: answers as 8-bit pictures, later tiles overwrite
// earlier ones, and the mean of the pictures. The twin of plan/tianchi_fft2.py.
#include "plan/overwrite.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "errors.hpp"
#include "plan/tta.hpp"

namespace forensics_rt {

OverwriteMerger::OverwriteMerger(const Plan &plan, int members, const std::vector<Tta> &tta)
    : plan_(plan) {
  const std::size_t pixels =
      static_cast<std::size_t>(plan.height) * static_cast<std::size_t>(plan.width);
  for (int member = 0; member < members; ++member)
    for (const Tta symmetry : tta) {
      Picture &picture = pictures_[{member, symmetry}];
      ++picture.copies;
      picture.pixels.resize(pixels);
    }
}

void OverwriteMerger::add(const View &view, const float *answer) {
  const Tile &tile = view.tile;
  rounded_.resize(static_cast<std::size_t>(tile.height) * static_cast<std::size_t>(tile.width));
  upright_.resize(rounded_.size());
  for (std::size_t i = 0; i < rounded_.size(); ++i)
    rounded_[i] = static_cast<std::uint8_t>(
        std::min(std::max(std::nearbyint(answer[i] * 255.0f), 0.0f), 255.0f));
  // The tiles of this recipe are squares.
  turn(inverse_of(view.symmetry), rounded_.data(), tile.height, tile.width, upright_.data());
  std::uint8_t *pixels = pictures_.at({view.network, view.symmetry}).pixels.data();
  for (int row = 0; row < tile.height; ++row)
    std::copy_n(upright_.data() + std::ptrdiff_t{row} * tile.width, tile.width,
                pixels + std::ptrdiff_t{tile.top + row} * plan_.width + tile.left);
}

void OverwriteMerger::settle(const Tile &, const float *) {
  throw Error(FRT_RECIPE_INVALID, "merge 'tianchi-fft2' settles no tiles; choose merge 'blend'");
}

Maps OverwriteMerger::finish() {
  Maps maps;
  maps.height = plan_.height;
  maps.width = plan_.width;
  maps.probability.resize(pictures_.begin()->second.pixels.size());
  double votes = 0;
  for (const auto &entry : pictures_) votes += entry.second.copies;
  if (votes > 1) maps.uncertainty.resize(maps.probability.size());
  for (std::size_t i = 0; i < maps.probability.size(); ++i) {
    double sum = 0;
    for (const auto &entry : pictures_) sum += entry.second.copies * entry.second.pixels[i];
    const double mean = sum / votes;
    maps.probability[i] = static_cast<float>(mean / 255);
    if (maps.uncertainty.empty()) continue;
    double squares = 0;
    for (const auto &entry : pictures_) {
      const double apart = entry.second.pixels[i] - mean;
      squares += entry.second.copies * (apart * apart);
    }
    maps.uncertainty[i] = static_cast<float>(std::sqrt(squares / votes) / 255);
  }
  return maps;
}

}  // namespace forensics_rt
