#include "results/policy.hpp"

#include <algorithm>

#include "errors.hpp"
#include "plan/tiling.hpp"

namespace forensics_rt {
namespace {

Recipe fit(Recipe recipe, const Manifest &manifest) {
  const auto refuse = [&](const std::string &reason) {
    throw Error(FRT_RECIPE_INVALID,
                "recipe '" + recipe.name + "', bundle '" + manifest.name + "': " + reason);
  };
  // Tiles that are turned, or cut through blocks, are those of no JPEG.
  if (manifest.coefficient_limit && recipe.tta != std::vector<Tta>{Tta::identity})
    refuse(
        "the recipe turns tiles, but the networks read the coefficients of JPEG; take the recipe "
        "'balanced', or one of your own with tta = \"none\"");
  if (manifest.coefficient_limit && recipe.merge != Merge::blend)
    refuse(
        "the recipe cuts through blocks, but the networks read the coefficients of JPEG; take a "
        "recipe that merges by 'blend'");
  const std::vector<int> sizes = recipe.tile_sizes.value_or(manifest.tile_sizes);
  for (const int size : sizes)
    if (std::count(manifest.tile_sizes.begin(), manifest.tile_sizes.end(), size) == 0)
      refuse("the recipe needs tiles of " + std::to_string(size) +
             ", which the bundle does not have; build it with --tiles");
  const int least = *std::min_element(sizes.begin(), sizes.end());
  if (recipe.overlap > least - kJpegBlock)
    refuse("the recipe needs an overlap of " + std::to_string(recipe.overlap) + ", at most " +
           std::to_string(least - kJpegBlock) + " is possible with tiles of " +
           std::to_string(least));
  const int members = recipe.members.value_or(static_cast<int>(manifest.members));
  if (members > static_cast<int>(manifest.members))
    refuse("the recipe wants " + std::to_string(members) + " members, the bundle has " +
           std::to_string(manifest.members));
  if (recipe.weights && recipe.weights->size() != static_cast<std::size_t>(members))
    refuse("the recipe has " + std::to_string(recipe.weights->size()) + " weights, but " +
           std::to_string(members) + " members vote");
  recipe.members = members;
  // Sizes stay open where the networks take tiles that fit the page.
  const bool fits_page = recipe.merge == Merge::blend && !manifest.tile_sides().empty();
  if (!fits_page) recipe.tile_sizes = sizes;
  if (recipe.exit_threshold && !manifest.has_cascade())
    refuse(
        "the recipe is a cascade, but the bundle has no network for that; build it with "
        "--cascade, or choose another recipe");
  return recipe;
}

// The first that has a threshold decides. A high threshold alone joins the next threshold found,
// and a high area alone the next high threshold.
Decision decision_in_force(const Asked &asked, const Recipe &recipe, const Manifest &manifest) {
  struct Source {
    std::optional<double> threshold, high_threshold;
    std::optional<int> high_area;
  };
  const auto &calibration = manifest.calibration;
  const Source sources[] = {
      {asked.threshold, asked.high_threshold, asked.high_area},
      {recipe.threshold, recipe.high_threshold, recipe.high_area},
      calibration ? Source{calibration->pixel.threshold, calibration->pixel.high_threshold,
                           calibration->pixel.high_area}
                  : Source{}};
  std::optional<double> high_threshold;
  std::optional<int> high_area;
  for (const Source &source : sources) {
    if (!high_threshold) {
      if (!high_area) high_area = source.high_area;
      high_threshold = source.high_threshold;
    }
    if (source.threshold) return {*source.threshold, high_threshold, high_area.value_or(1)};
  }
  return {manifest.pixel_threshold, high_threshold, high_area.value_or(1)};
}

const ImageCalibration &calibrated_scores(const Manifest &manifest, const std::string &wanted) {
  if (manifest.calibration && manifest.calibration->image) return *manifest.calibration->image;
  throw Error(FRT_CALIBRATION_INVALID,
              wanted + " needs calibrated scores, but " +
                  (manifest.calibration ? manifest.calibration->image_reason
                                        : "the bundle has no calibration") +
                  "; calibrate it with `forensics-rt calibrate`, or leave it out");
}

double limit_of(const std::string &name, const Manifest &manifest) {
  const ImageCalibration &image = calibrated_scores(manifest, "operating point '" + name + "'");
  std::string names;
  for (const OperatingPoint &point : image.operating_points) {
    if (point.name == name && point.raw_score) return *point.raw_score;
    if (point.name == name)
      throw Error(FRT_CALIBRATION_INVALID, "operating point '" + name +
                                               "' has no limit: " + point.reason +
                                               "; calibrate on more images, or take another");
    names += (names.empty() ? "" : ", ") + point.name;
  }
  throw Error(FRT_CALIBRATION_INVALID,
              "no operating point '" + name + "'; the calibration has: " + names);
}

Prevalence prevalence_of(double expected, const Manifest &manifest) {
  calibrated_scores(manifest, "a prevalence");
  const Calibration &counted = *manifest.calibration;
  if (counted.forged == 0 || counted.authentic == 0)
    throw Error(FRT_CALIBRATION_INVALID,
                "a prevalence needs a calibration on forged and authentic images");
  return {expected, static_cast<double>(counted.forged) / (counted.forged + counted.authentic)};
}

// The recipes differ in what decides the probabilities. Tiles that fit the page change no answer
// but at their edges: their size is not another recipe.
bool differ(const Recipe &a, const Recipe &b, const std::vector<int> &sizes) {
  return a.tile_sizes.value_or(sizes) != b.tile_sizes.value_or(sizes) || a.overlap != b.overlap ||
         a.window != b.window || a.tta != b.tta || a.members != b.members || a.merge != b.merge ||
         a.exit_threshold != b.exit_threshold || a.weights != b.weights;
}

}  // namespace

Recipe find_recipe(const std::string &name, const Manifest &manifest) {
  std::map<std::string, Recipe> known = manifest.recipes;  // come before the presets
  known.insert(presets().begin(), presets().end());
  if (const auto found = known.find(name); found != known.end())
    return fit(found->second, manifest);
  std::string names;
  for (const auto &one : known) names += (names.empty() ? "" : ", ") + one.first;
  throw Error(FRT_RECIPE_INVALID, "no recipe named '" + name + "'; there are: " + names);
}

Conclusions choose_conclusions(const Asked &asked, const Recipe &recipe, const Bundle &bundle,
                               const Log &log) {
  const Manifest &manifest = bundle.manifest;
  Conclusions conclusions;
  conclusions.decision = decision_in_force(asked, recipe, manifest);
  if (manifest.calibration) {
    conclusions.image = manifest.calibration->image;
    conclusions.media = manifest.calibration->media;
    if (differ(recipe, manifest.calibration->recipe, manifest.tile_sizes))
      log.warn("the calibration was fitted with recipe '" + manifest.calibration->recipe.name +
               "', but recipe '" + recipe.name +
               "' runs: thresholds and scores may be off; calibrate with the recipe that runs");
  }
  conclusions.operating_point = asked.operating_point;
  if (!asked.operating_point.empty())
    conclusions.raw_score_limit = limit_of(asked.operating_point, manifest);
  if (asked.prevalence) conclusions.prevalence = prevalence_of(*asked.prevalence, manifest);
  return conclusions;
}

}  // namespace forensics_rt
