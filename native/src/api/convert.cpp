#include "api/convert.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "api/structs.hpp"
#include "errors.hpp"

namespace forensics_rt {
namespace {

// Sums of sides stay far below what an int holds.
constexpr int kLongestSide = 1 << 28;

[[noreturn]] void refuse(const std::string &message) { throw Error(FRT_INVALID_ARGUMENT, message); }

std::optional<double> probability_of(double given, const char *name) {
  if (given == 0.0) return std::nullopt;
  if (!(given > 0.0 && given < 1.0))
    refuse(std::string(name) + " must lie between 0 and 1, or be 0 for the default, but is " +
           std::to_string(given));
  return given;
}

void set_text(std::string &text, const char *given) {
  if (given != nullptr) text = given;
}

}  // namespace

void need(const void *pointer, const char *name) {
  if (pointer == nullptr) refuse(std::string(name) + " must not be NULL");
}

void check_sides(int width, int height) {
  if (width < 1 || height < 1)
    refuse("an image must have pixels, but is " + std::to_string(width) + "x" +
           std::to_string(height));
  if (width > kLongestSide || height > kLongestSide)
    throw Error(FRT_IMAGE_TOO_LARGE, "a side may have " + std::to_string(kLongestSide) +
                                         " pixels, but the image is " + std::to_string(width) +
                                         "x" + std::to_string(height));
}

DetectorOptions options_of(const frt_options *given) {
  DetectorOptions options;
  if (given == nullptr) return options;
  const frt_options known = read_struct(given, "options");
  set_text(options.recipe, known.recipe);
  set_text(options.backend.backend, known.backend);
  set_text(options.backend.device, known.device);
  set_text(options.backend.precision, known.precision);
  set_text(options.asked.operating_point, known.operating_point);
  options.asked.threshold = probability_of(known.threshold, "threshold");
  options.asked.high_threshold = probability_of(known.high_threshold, "high_threshold");
  if (known.high_area < 0)
    refuse("high_area must be 1 or more, or 0 for the default, but is " +
           std::to_string(known.high_area));
  if (known.high_area > 0) options.asked.high_area = known.high_area;
  options.asked.prevalence = probability_of(known.prevalence, "prevalence");
  if (known.threads < 0)
    refuse("threads must be 1 or more, or 0 for the default, but is " +
           std::to_string(known.threads));
  if (known.threads > 0) options.backend.threads = known.threads;
  if (known.max_pixels < 0)
    refuse("max_pixels must be 1 or more, or 0 for the default, but is " +
           std::to_string(known.max_pixels));
  if (known.max_pixels > 0) options.max_pixels = known.max_pixels;
  options.log = {known.log, known.log_user};
  return options;
}

std::optional<Coefficients> coefficients_of(const frt_image *given) {
  const frt_image image = read_struct(given, "image");
  if (image.coefficients == nullptr) return std::nullopt;
  const frt_coefficients known = read_struct(image.coefficients, "image.coefficients");
  need(known.blocks, "image.coefficients.blocks");
  need(known.quantization, "image.coefficients.quantization");
  const auto needed = [](std::int32_t side) { return (side - 1) / kJpegBlock + 1; };
  if (known.columns < needed(image.width) || known.rows < needed(image.height))
    refuse("image.coefficients has " + std::to_string(known.columns) + "x" +
           std::to_string(known.rows) + " blocks, but " + std::to_string(image.width) + "x" +
           std::to_string(image.height) + " pixels have " + std::to_string(needed(image.width)) +
           "x" + std::to_string(needed(image.height)) +
           "; give those of the file that the pixels were decoded from, neither cut nor rotated");
  const std::ptrdiff_t row = std::ptrdiff_t{known.columns} * kJpegBlock * kJpegBlock *
                             std::ptrdiff_t{sizeof(std::int16_t)};
  const std::ptrdiff_t stride = known.stride == 0 ? row : known.stride;
  if ((stride > -row && stride < row) || stride % std::ptrdiff_t{alignof(std::int16_t)} != 0)
    refuse("image.coefficients.stride is " + std::to_string(stride) + " bytes, but a row of " +
           std::to_string(known.columns) + " blocks has " + std::to_string(row) +
           "; give 0 where rows are adjacent");
  return Coefficients{known.blocks, known.columns, known.rows, stride, known.quantization};
}

Image image_of(const frt_image *given) {
  const frt_image known = read_struct(given, "image");
  if (known.memory != FRT_HOST && known.memory != FRT_CUDA)
    refuse("image.memory must be FRT_HOST or FRT_CUDA, but is " + std::to_string(known.memory));
  if (known.format < FRT_RGB || known.format > FRT_GRAY)
    refuse("image.format must be FRT_RGB, FRT_BGR, FRT_RGBA, FRT_BGRA or FRT_GRAY, but is " +
           std::to_string(known.format));
  need(known.pixels, "image.pixels");
  check_sides(known.width, known.height);
  const auto format = static_cast<Format>(known.format);
  const std::ptrdiff_t row = std::ptrdiff_t{known.width} * bytes_of(format);
  const std::ptrdiff_t stride = known.stride == 0 ? row : known.stride;
  if (stride > -row && stride < row)
    refuse("image.stride is " + std::to_string(stride) + " bytes, but a row of " +
           std::to_string(known.width) + " pixels has " + std::to_string(row));
  const std::ptrdiff_t furthest = std::numeric_limits<std::ptrdiff_t>::max() / known.height;
  if (stride > furthest || stride < -furthest)
    refuse("image.stride is " + std::to_string(stride) + " bytes, so that " +
           std::to_string(known.height) + " rows would end beyond all memory");
  return {static_cast<const std::uint8_t *>(known.pixels),
          known.width,
          known.height,
          stride,
          format,
          known.memory == FRT_CUDA ? Memory::cuda : Memory::host};
}

frt_description description_of(const frt_detector &of) {
  const Detector &detector = of.detector;
  const Manifest &manifest = detector.bundle().manifest;
  const Capabilities &uses = detector.capabilities();
  const Decision &decision = detector.conclusions().decision;
  frt_description said = FRT_DESCRIPTION_INIT;
  said.bundle_name = manifest.name.c_str();
  said.bundle_version = manifest.version.c_str();
  said.bundle_id = detector.bundle().id.c_str();
  said.license = manifest.license.c_str();
  said.recipe = detector.recipe().name.c_str();
  said.backend = uses.name.c_str();
  said.backend_version = uses.version.c_str();
  said.device = uses.device.c_str();
  said.precision = uses.precision.c_str();
  said.precision_reason = uses.precision_reason.c_str();
  said.tile_sizes = of.tile_sizes.data();
  said.tile_size_count = of.tile_sizes.size();
  said.member_count = detector.recipe().members.value();
  said.tta_count = static_cast<std::int32_t>(detector.recipe().tta.size());
  said.threshold = decision.threshold;
  said.high_threshold = decision.high_threshold.value_or(0.0);
  said.high_area = decision.high_area;
  said.reads_coefficients = manifest.coefficient_limit ? 1 : 0;
  said.calibrated = detector.conclusions().image.has_value() ? 1 : 0;
  return said;
}

frt_detection detection_of(const frt_result &of) {
  const Detection &found = of.detection;
  frt_detection said = FRT_DETECTION_INIT;
  said.width = found.maps.width;
  said.height = found.maps.height;
  said.probability = found.maps.probability.data();
  said.uncertainty = found.maps.uncertainty.empty() ? nullptr : found.maps.uncertainty.data();
  said.mask = found.findings.mask.data();
  said.regions = of.regions.empty() ? nullptr : of.regions.data();
  said.region_count = of.regions.size();
  said.raw_score = found.raw_score;
  said.score = found.judgment.score;
  said.verdict = found.judgment.verdict;
  said.tile_count = static_cast<std::int32_t>(found.tiles);
  said.threshold = found.decision.threshold;
  said.high_threshold = found.decision.high_threshold.value_or(0.0);
  said.high_area = found.decision.high_area;
  said.forged_share = static_cast<double>(found.findings.forged_pixels) /
                      static_cast<double>(found.maps.probability.size());
  said.constant_tiles = found.maps.constant_tiles;
  said.repeated_tiles = found.maps.repeated_tiles;
  said.settled_tiles = found.maps.settled_tiles;
  said.seconds = found.seconds;
  return said;
}

}  // namespace forensics_rt
