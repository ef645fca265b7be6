// From measures to the medium. The twin of forensics_rt/io/medium/rules.py, for pixels without a
// file.
#pragma once

#include <string>

#include "plan/pixel.hpp"

namespace forensics_rt {

// scan, photograph, screen, born digital or fax; unknown where the image fits none well.
std::string medium_of(const Image &image);

}  // namespace forensics_rt
