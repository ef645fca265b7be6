// What of a calibration decides. The twin of forensics_rt/calibration/record.py.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "recipe.hpp"
#include "results/regions.hpp"

namespace forensics_rt {

struct Calibrator {
  bool isotonic = false;
  double slope = 0, intercept = 0;             // of Platt's
  std::vector<double> raw_score, probability;  // knots of an isotonic one
};

// Probabilities [low, high) between which nobody can tell.
struct AbstainBand {
  double low = 0, high = 1, error_allowed = 0;
};

struct OperatingPoint {
  std::string name;
  std::optional<double> raw_score;  // the limit
  std::string reason;               // why there is none
};

struct ImageCalibration {
  Calibrator calibrator;
  AbstainBand abstain;
  std::vector<OperatingPoint> operating_points;
};

// Scores of the images of one medium.
struct MediumCalibration {
  int forged = 0, authentic = 0;  // images it was fitted on
  ImageCalibration image;
};

struct Calibration {
  Decision pixel{};
  std::optional<ImageCalibration> image;
  std::string image_reason;                        // why it is missing
  std::map<std::string, MediumCalibration> media;  // empty where `image` holds for all
  // What it was fitted on.
  int forged = 0, authentic = 0;
  std::string bundle, networks;
  Recipe recipe;
};

}  // namespace forensics_rt
