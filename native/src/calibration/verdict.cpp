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

// What makes score and verdict of images of one medium, or of all.
struct Rules {
  const ImageCalibration *image;
  std::optional<double> raw_score_limit;
  std::optional<Prevalence> prevalence;
};

Judgment judged(double raw_score, const Rules &rules) {
  const Calibrator &by = rules.image->calibrator;
  double probability = by.isotonic ? isotonic(by, raw_score) : platt(by, raw_score);
  AbstainBand band = rules.image->abstain;
  if (rules.prevalence) {
    probability = rules.prevalence->adjust(probability);
    band = rules.prevalence->adjust(band);
  }
  const bool reached =
      rules.raw_score_limit ? raw_score >= *rules.raw_score_limit : probability >= band.high;
  if (reached) return {probability, FRT_FORGED};
  return {probability, probability < band.low ? FRT_AUTHENTIC : FRT_UNCERTAIN};
}

}  // namespace

Judgment Conclusions::judge(double raw_score, const std::string &medium) const {
  if (!image) return {raw_score, FRT_VERDICT_NONE};
  Rules rules{&*image, raw_score_limit, prevalence};
  if (media.empty()) return judged(raw_score, rules);
  const auto own = media.find(medium);
  if (own == media.end()) return {judged(raw_score, rules).score, FRT_UNCERTAIN};
  const MediumCalibration &fitted = own->second;
  rules.image = &fitted.image;
  if (rules.prevalence)
    rules.prevalence->fitted =
        static_cast<double>(fitted.forged) / (fitted.forged + fitted.authentic);
  // Where too few images of the medium support the point, that of all images holds.
  for (const OperatingPoint &point : fitted.image.operating_points)
    if (point.name == operating_point && point.raw_score) rules.raw_score_limit = point.raw_score;
  return judged(raw_score, rules);
}

}  // namespace forensics_rt
