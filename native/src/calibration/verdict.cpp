#include "calibration/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace forensics_rt {
namespace {

// Raw scores come from float32: nearer to 0 or 1 than this it is rounding.
constexpr double kNearest = 1e-6;

double platt(const Calibrator &by, double raw_score) {
  const double kept = std::min(std::max(raw_score, kNearest), 1 - kNearest);
  const double value = by.slope * std::log(kept / (1 - kept)) + by.intercept;
  const double small = std::exp(-std::abs(value));
  const double certain = value >= 0 ? 1 / (1 + small) : small / (1 + small);
  // 0 and 1 are the limits of sides that are never answered: rounding must reach neither.
  return std::min(std::max(certain, std::numeric_limits<double>::denorm_min()),
                  std::nextafter(1.0, 0.0));
}

double isotonic(const Calibrator &by, double raw_score) {
  const auto &x = by.raw_score, &y = by.probability;
  if (raw_score >= x.back()) return y.back();
  if (raw_score < x.front()) return y.front();
  const auto above = std::upper_bound(x.begin(), x.end(), raw_score);
  const std::size_t i = static_cast<std::size_t>(above - x.begin()) - 1;
  const double slope = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
  return slope * (raw_score - x[i]) + y[i];
}

}  // namespace

Judgment Conclusions::judge(double raw_score) const {
  if (!image) return {raw_score, FRT_VERDICT_NONE};
  const Calibrator &by = image->calibrator;
  double probability = by.isotonic ? isotonic(by, raw_score) : platt(by, raw_score);
  AbstainBand band = image->abstain;
  if (prevalence) {
    probability = prevalence->adjust(probability);
    band = prevalence->adjust(band);
  }
  const bool reached = raw_score_limit ? raw_score >= *raw_score_limit : probability >= band.high;
  if (reached) return {probability, FRT_FORGED};
  return {probability, probability < band.low ? FRT_AUTHENTIC : FRT_UNCERTAIN};
}

}  // namespace forensics_rt
