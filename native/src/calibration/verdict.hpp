// What a calibration makes of the raw score of one image. The twin of calibration/verdict.py.
#pragma once

#include <map>
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
  std::optional<ImageCalibration> image;           // none: raw scores, and no verdicts
  std::map<std::string, MediumCalibration> media;  // empty where `image` holds for all
  std::string operating_point;                     // its name; empty for none
  std::optional<double> raw_score_limit;           // and its limit
  std::optional<Prevalence> prevalence;

  // Whether it must be known what kind of picture an image is.
  bool by_medium() const { return !media.empty(); }

  Judgment judge(double raw_score, const std::string &medium) const;
};

}  // namespace forensics_rt
