// Fitting a recipe to a bundle: what was left open is resolved here. The twin of results/policy.py.
#pragma once

#include <optional>
#include <string>

#include "bundle/opening.hpp"
#include "calibration/verdict.hpp"
#include "log.hpp"

namespace forensics_rt {

// What the caller asks of the conclusions.
struct Asked {
  std::optional<double> threshold, high_threshold, prevalence;
  std::optional<int> high_area;
  std::string operating_point;  // empty for none
};

// A recipe by name, with the tile sizes and members that it leaves to the bundle filled in
// (FRT_RECIPE_INVALID).
Recipe find_recipe(const std::string &name, const Manifest &manifest);

// FRT_RECIPE_INVALID, FRT_CALIBRATION_INVALID.
Conclusions choose_conclusions(const Asked &asked, const Recipe &recipe, const Bundle &bundle,
                               const Log &log);

}  // namespace forensics_rt
