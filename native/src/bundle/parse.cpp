#include "bundle/parse.hpp"

#include <algorithm>
#include <limits>

namespace forensics_rt {
namespace {

constexpr std::int64_t kMany = 1'000'000'000;
constexpr double kAny = std::numeric_limits<double>::max();
constexpr double kAboveZero = std::numeric_limits<double>::denorm_min();
constexpr double kBelowOne = 1 - std::numeric_limits<double>::epsilon() / 2;

template <typename Value>
Value named(Fields &fields, const std::string &key, const std::string &otherwise,
            std::optional<Value> (*find)(const std::string &)) {
  const std::optional<Value> found = find(fields.text(key, otherwise));
  if (!found) fields.refuse(key, "a name that there is");
  return *found;
}

Calibrator calibrator_of(Fields fields) {
  Calibrator calibrator;
  const std::string kind = fields.text("kind");
  calibrator.isotonic = kind == "isotonic";
  if (calibrator.isotonic) {
    calibrator.raw_score = fields.numbers("raw_score", 0, 1);
    calibrator.probability = fields.numbers("probability", 0, 1);
    const auto &x = calibrator.raw_score, &y = calibrator.probability;
    if (x.size() != y.size()) fields.refuse("probability", "as many knots as raw_score has");
    if (std::adjacent_find(x.begin(), x.end(), std::greater_equal<double>()) != x.end())
      fields.refuse("raw_score", "knots that rise");
    if (!std::is_sorted(y.begin(), y.end())) fields.refuse("probability", "knots that do not fall");
  } else if (kind == "platt") {
    calibrator.slope = fields.number("slope", 0, kAny);
    calibrator.intercept = fields.number("intercept", -kAny, kAny);
  } else {
    fields.refuse("kind", "platt or isotonic");
  }
  fields.refuse_others();
  return calibrator;
}

AbstainBand band_of(Fields fields) {
  AbstainBand band;
  band.low = fields.number("low", 0, 1);
  band.high = fields.number("high", band.low, 1);
  band.error_allowed = fields.number("error_allowed", 0, 1);
  fields.skip({"authentic", "authentic_wrong", "uncertain", "forged", "forged_wrong"});
  fields.refuse_others();
  return band;
}

OperatingPoint operating_point_of(Fields fields) {
  OperatingPoint point;
  point.name = fields.text("name");
  point.raw_score = fields.number_or_none("raw_score", 0, 1);
  if (fields.has("reason")) point.reason = fields.text("reason");
  if (point.raw_score.has_value() == fields.has("reason"))
    fields.refuse("reason", "either raw_score, the limit, or the reason for its absence");
  fields.skip({"false_positive_rate", "reason", "recall"});
  fields.refuse_others();
  return point;
}

ImageCalibration image_of(Fields fields) {
  ImageCalibration image;
  image.calibrator = calibrator_of(fields.object("calibrator"));
  image.abstain = band_of(fields.object("abstain"));
  for (Fields &point : fields.objects("operating_points"))
    image.operating_points.push_back(operating_point_of(point));
  fields.skip({"ece", "ece_of_raw_score", "log_loss"});
  fields.refuse_others();
  return image;
}

MediumCalibration medium_of(Fields fields) {
  MediumCalibration medium;
  medium.forged = static_cast<int>(fields.whole("forged", 1, kMany));
  medium.authentic = static_cast<int>(fields.whole("authentic", 1, kMany));
  medium.image = image_of(fields.object("image"));
  fields.refuse_others();
  return medium;
}

}  // namespace

Recipe recipe_of(Fields fields) {
  Recipe recipe;
  recipe.name = fields.text("name");
  if (fields.has("tile_sizes")) recipe.tile_sizes = fields.wholes("tile_sizes", 1, 8192);
  if (fields.names("overlap")) recipe.overlap = static_cast<int>(fields.whole("overlap", 0, kMany));
  recipe.window = named(fields, "window", "pyramid", &window_named);
  recipe.merge = named(fields, "merge", "blend", &merge_named);
  if (fields.names("tta")) {
    recipe.tta.clear();
    for (const std::string &name : fields.texts("tta")) {
      const auto symmetry = tta_named(name);
      if (!symmetry) fields.refuse("tta", "names of symmetries");
      recipe.tta.push_back(*symmetry);
    }
  }
  if (fields.has("members")) recipe.members = static_cast<int>(fields.whole("members", 1, kMany));
  recipe.exit_threshold = fields.number_or_none("exit_threshold", kAboveZero, kBelowOne);
  recipe.threshold = fields.number_or_none("threshold", kAboveZero, kBelowOne);
  recipe.high_threshold = fields.number_or_none("high_threshold", kAboveZero, kBelowOne);
  if (fields.has("high_area"))
    recipe.high_area = static_cast<int>(fields.whole("high_area", 1, kMany));
  if (fields.has("weights")) recipe.weights = fields.numbers("weights", 1e-3, 1e3);
  fields.skip({"tile_sizes", "overlap", "tta", "members", "high_area", "weights"});
  fields.refuse_others();
  check_recipe(recipe);
  return recipe;
}

Calibration calibration_of(Fields fields) {
  Calibration calibration;
  fields.whole("schema", 1, 1);
  Fields pixel = fields.object("pixel");
  // Without it every region would be reported, which nobody decided.
  if (!pixel.names("high_threshold")) pixel.refuse("high_threshold", "a probability, or null");
  calibration.pixel = {pixel.number("threshold", kAboveZero, kBelowOne),
                       pixel.number_or_none("high_threshold", kAboveZero, kBelowOne)};
  if (pixel.names("high_area"))
    calibration.pixel.high_area = static_cast<int>(pixel.whole("high_area", 1, kMany));
  pixel.skip({"fitted", "at_half", "before", "best"});
  pixel.refuse_others();  // what decides in a later version decides here, too
  if (fields.has("image")) calibration.image = image_of(fields.object("image"));
  if (fields.has("image_reason")) calibration.image_reason = fields.text("image_reason");
  if (fields.has("media")) {
    if (!calibration.image) fields.refuse("media", "nothing without image");
    fields.for_each("media", [&](const std::string &name, Fields one) {
      calibration.media.emplace(name, medium_of(std::move(one)));
    });
    if (calibration.media.empty()) fields.refuse("media", "one medium or more");
  }
  if (fields.has("image") == fields.has("image_reason"))
    fields.refuse("image_reason", "either image, or image_reason, why it is missing");
  Fields fitted = fields.object("fitted_on");
  calibration.forged = static_cast<int>(fitted.whole("forged", 0, kMany));
  calibration.authentic = static_cast<int>(fitted.whole("authentic", 0, kMany));
  calibration.bundle = fitted.text("bundle");
  calibration.networks = fitted.text("networks");
  calibration.recipe = recipe_of(fitted.object("recipe"));
  fields.skip({"image", "image_reason", "media"});
  fields.refuse_others();
  return calibration;
}

}  // namespace forensics_rt
