#include "detector.hpp"

#include <chrono>

#include "errors.hpp"
#include "medium/rules.hpp"

namespace forensics_rt {
namespace {

std::vector<double> weights_of(const Manifest &manifest, const Recipe &recipe) {
  if (recipe.weights) return *recipe.weights;
  std::vector<double> weights;
  for (int member = 0; member < recipe.members.value(); ++member)
    weights.push_back(manifest.networks[static_cast<std::size_t>(member)].weight);
  return weights;
}

TileSides sides_of(const Manifest &manifest, const Capabilities &uses) {
  return {manifest.tile_sizes, uses.rectangles ? manifest.tile_sides() : std::vector<int>()};
}

}  // namespace

Detector::Detector(const std::filesystem::path &folder, const DetectorOptions &options)
    : bundle_(Bundle::open(folder)),
      recipe_(find_recipe(options.recipe, bundle_.manifest)),
      conclusions_(choose_conclusions(options.asked, recipe_, bundle_, options.log)),
      max_pixels_(options.max_pixels),
      backend_(open_backend(bundle_, options.backend, options.log)),
      sides_(sides_of(bundle_.manifest, backend_->capabilities())),
      loop_(*backend_, recipe_, weights_of(bundle_.manifest, recipe_),
            static_cast<int>(bundle_.manifest.members)) {}

Plan Detector::plan(int width, int height) const {
  if (std::int64_t{width} * height > max_pixels_)
    throw Error(FRT_IMAGE_TOO_LARGE, "the image is " + std::to_string(width) + "x" +
                                         std::to_string(height) + " pixels, the limit is " +
                                         std::to_string(max_pixels_) +
                                         "; raise it with max_pixels if you trust it");
  return plan_for(recipe_, height, width, sides_);
}

Detection Detector::detect(const Image &image) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const Plan tiles = plan(image.width, image.height);
  Detection detection{};
  detection.maps = loop_.run(image, tiles);
  detection.decision = conclusions_.decision;
  detection.findings = find_regions(detection.maps, detection.decision);
  detection.raw_score = image_score(detection.maps);
  const std::string medium = conclusions_.by_medium() ? medium_of(image) : "";
  detection.judgment = conclusions_.judge(detection.raw_score, medium);
  detection.tiles = tiles.tiles.size();
  detection.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return detection;
}

void Detector::warm_up(int width, int height) { loop_.warm_up(plan(width, height)); }

}  // namespace forensics_rt
