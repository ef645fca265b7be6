// What tells the kinds of pictures apart. The twin of forensics_rt/io/medium/measures.py, which
// says what each measure is.
#pragma once

#include <optional>

#include "plan/pixel.hpp"

namespace forensics_rt {

struct Measures {
  double flat, tinted, grain;
  std::optional<double> sharpness;
  double gray, paper, unevenness, shape;
  bool is_upright;
};

// None for an image of less than 128 pixels a side.
std::optional<Measures> measure(const Image &image);

}  // namespace forensics_rt
