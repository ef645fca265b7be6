// Probability and verdict where forgeries are rarer, or commoner, than among the images of the
// calibration. The twin of calibration/prevalence.py, which gives the sources.
#pragma once

#include "calibration/record.hpp"

namespace forensics_rt {

struct Prevalence {
  double expected;  // share of forged images among those to come
  double fitted;    // and among those of the calibration

  double adjust(double probability) const;
  AbstainBand adjust(const AbstainBand &band) const;
};

}  // namespace forensics_rt
