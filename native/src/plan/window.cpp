#include "plan/window.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace forensics_rt {
namespace {

// A corner of the image is seen by the corner of one tile alone: its weight must not vanish.
constexpr double kFloor = 1e-3;

std::vector<double> profile(Window name, int size) {
  std::vector<double> values(static_cast<std::size_t>(size), 1.0);
  for (int i = 0; i < size && name != Window::flat; ++i) {
    const double centered = std::abs(i - (size - 1) / 2.0);
    const double scaled = centered / (size / 8.0);
    values[static_cast<std::size_t>(i)] = name == Window::pyramid
                                              ? 1.0 - centered / (size / 2.0)
                                              : std::exp(-0.5 * (scaled * scaled));
  }
  const double most = *std::max_element(values.begin(), values.end());
  for (double &value : values) value = std::max(value / most, kFloor);
  return values;
}

}  // namespace

std::vector<float> window(Window name, int height, int width) {
  const std::vector<double> down = profile(name, height), across = profile(name, width);
  std::vector<float> weights;
  weights.reserve(down.size() * across.size());
  for (const double y : down)
    for (const double x : across) weights.push_back(static_cast<float>(y * x));
  return weights;
}

}  // namespace forensics_rt
