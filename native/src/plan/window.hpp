// How much a pixel's answer counts by its place in the tile. The twin of plan/window.py.
#pragma once

#include <vector>

#include "recipe.hpp"

namespace forensics_rt {

// height x width weights in [1e-6, 1].
std::vector<float> window(Window name, int height, int width);

}  // namespace forensics_rt
