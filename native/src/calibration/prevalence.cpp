#include "calibration/prevalence.hpp"

#include <algorithm>
#include <cmath>

namespace forensics_rt {
namespace {

// The lower limit where `others`, the share that it must not reach, is less than fitted.
double safer(double limit, double adjusted, double allowed, double others) {
  const double by_itself = limit == 0.0 && others <= allowed ? allowed : std::min(limit, allowed);
  return std::max(adjusted, by_itself);
}

}  // namespace

double Prevalence::adjust(double probability) const {
  const double forged = probability * expected / fitted;
  const double authentic = (1.0 - probability) * (1.0 - expected) / (1.0 - fitted);
  // 1 is the limit of a side that is never answered: rounding must not reach it.
  const double certain = probability < 1.0 ? std::nextafter(1.0, 0.0) : 1.0;
  return std::min(forged / (forged + authentic), certain);
}

AbstainBand Prevalence::adjust(const AbstainBand &band) const {
  const Prevalence back{fitted, expected};
  const double allowed = band.error_allowed;
  AbstainBand adjusted = band;
  if (expected < fitted) {
    adjusted.low = safer(band.low, adjust(band.low), allowed, expected);
    adjusted.high = std::max(band.high, std::min(back.adjust(band.high), 1.0 - allowed));
  } else if (expected > fitted) {
    adjusted.low = std::min(band.low, std::max(back.adjust(band.low), allowed));
    adjusted.high = 1.0 - safer(1.0 - band.high, 1.0 - adjust(band.high), allowed, 1.0 - expected);
  }
  return adjusted;
}

}  // namespace forensics_rt
