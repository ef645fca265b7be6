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

// What overwrites and rounds, and what decides from tile to tile what comes next, is merged on the
// host, whatever runs the networks.
std::unique_ptr<DeviceInferer> device_inferer(Backend &backend, const Recipe &recipe,
                                              const std::vector<double> &weights, const Log &log) {
  if (backend.capabilities().device == "cpu") return nullptr;
  if (recipe.merge == Merge::blend && !recipe.exit_threshold)
    return backend.on_device(recipe, weights);
  log.warn("recipe '" + recipe.name + "' " +
           (recipe.exit_threshold ? "is a cascade" : "merges by 'tianchi-fft2'") +
           ", which runs on the CPU only: tiles are cut and merged on the host, the engine runs "
           "on " +
           backend.capabilities().device);
  return nullptr;
}

// An image as it lies on the host, copied there when that is first needed.
class OnHost {
 public:
  OnHost(Backend &backend, const Image &image) : backend_(backend), image_(image) {}
  const Image &get() {
    if (image_.memory == Memory::host) return image_;
    copied_ = backend_.to_host(image_);
    image_ = {copied_.data(),     image_.width,
              image_.height,      std::ptrdiff_t{image_.width} * bytes_of(image_.format),
              image_.format,      Memory::host,
              image_.coefficients};
    return image_;
  }

 private:
  Backend &backend_;
  Image image_;
  std::vector<std::uint8_t> copied_;
};

}  // namespace

Detector::Detector(const std::filesystem::path &folder, const DetectorOptions &options)
    : bundle_(Bundle::open(folder)),
      recipe_(find_recipe(options.recipe, bundle_.manifest)),
      conclusions_(choose_conclusions(options.asked, recipe_, bundle_, options.log)),
      max_pixels_(options.max_pixels),
      backend_(open_backend(bundle_, options.backend, options.log)),
      sides_(sides_of(bundle_.manifest, backend_->capabilities())),
      loop_(*backend_, recipe_, weights_of(bundle_.manifest, recipe_),
            static_cast<int>(bundle_.manifest.members), bundle_.manifest.coefficient_limit),
      on_device_(
          device_inferer(*backend_, recipe_, weights_of(bundle_.manifest, recipe_), options.log)) {}

// To make a copy at JPEG quality 100, as Python does, takes an encoder.
void Detector::check_coefficients(const Image &image) const {
  if (bundle_.manifest.coefficient_limit && image.coefficients == nullptr)
    throw Error(FRT_INVALID_ARGUMENT,
                "image.coefficients is NULL, but the networks of bundle '" + bundle_.manifest.name +
                    "' read the coefficients of JPEG; give those of the file, or those of a copy "
                    "that is saved as JPEG at quality 100 without subsampling, as the Python "
                    "package does for images that are no JPEG");
}

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
  check_coefficients(image);
  const Plan tiles = plan(image.width, image.height);
  Detection detection{};
  OnHost host(*backend_, image);
  detection.maps = on_device_ ? on_device_->run(image, tiles) : loop_.run(host.get(), tiles);
  detection.decision = conclusions_.decision;
  detection.findings = find_regions(detection.maps, detection.decision);
  detection.raw_score = image_score(detection.maps);
  const std::string medium = conclusions_.by_medium() ? medium_of(host.get()) : "";
  detection.judgment = conclusions_.judge(detection.raw_score, medium);
  detection.tiles = tiles.tiles.size();
  detection.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return detection;
}

void Detector::warm_up(int width, int height) {
  const Plan tiles = plan(width, height);
  if (!on_device_) return loop_.warm_up(tiles);
  const std::vector<std::uint8_t> blank(static_cast<std::size_t>(width) *
                                        static_cast<std::size_t>(height));
  on_device_->run({blank.data(), width, height, width, Format::gray}, tiles);
}

}  // namespace forensics_rt
