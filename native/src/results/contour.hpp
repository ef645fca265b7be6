// The outline of a connected part, as OpenCV's findContours and approxPolyDP give it.
#pragma once

#include <vector>

#include "forensics_rt.h"
#include "results/components.hpp"

namespace forensics_rt {

// The outermost pixels in order, where the direction changes; holes are not cut out.
std::vector<frt_point> outer_contour(const Component &component);

// The same with fewer points: none dropped lies farther than `tolerance` pixels off.
std::vector<frt_point> simplified(const std::vector<frt_point> &contour, double tolerance);

}  // namespace forensics_rt
