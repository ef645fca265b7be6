// What a calibration makes of the raw score of one image. The twin of calibration/verdict.py.
#pragma once

#include <optional>
#include <string>

#include "calibration/prevalence.hpp"
#include "calibration/record.hpp"

namespace forensics_rt {

struct Judgment {
  double score;
  frt_verdict verdict;
};

// What a detector concludes from maps.
struct Conclusions {
  Decision decision{};
  std::optional<ImageCalibration> image;  // none: raw scores, and no verdicts
  std::optional<double> raw_score_limit;  // of the operating point
  std::optional<Prevalence> prevalence;

  Judgment judge(double raw_score) const;
};

}  // namespace forensics_rt
