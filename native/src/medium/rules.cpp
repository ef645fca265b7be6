#include "medium/rules.hpp"

#include <cmath>

#include "medium/measures.hpp"

namespace forensics_rt {
namespace {

constexpr const char *kUnknown = "unknown";

bool has_a_screens_shape(const Measures &found) {
  if (found.is_upright) return 1.6 <= found.shape && found.shape <= 2.6;
  const auto near = [&](double shape) { return std::abs(found.shape / shape - 1) < 0.01; };
  return near(16.0 / 9) || near(16.0 / 10);
}

bool is_black_and_white(const Measures &found) {
  return found.sharpness && *found.sharpness >= 0.97 && found.gray < 1.2;
}

bool is_screen(const Measures &found) {
  if (!has_a_screens_shape(found) || !found.sharpness || *found.sharpness < 0.5) return false;
  if (is_black_and_white(found)) return false;
  const bool pictured = found.tinted >= 0.05 && found.flat >= 0.5 && found.grain <= 0.8;
  const bool drawn = found.tinted >= 0.02 && found.flat >= 0.75 && *found.sharpness >= 0.7;
  return pictured || drawn;
}

const char *with_grain(const Measures &found) {
  if (found.paper >= 0.68 && found.unevenness <= 6) return "scan";
  if (found.paper >= 0.25 && found.unevenness <= 2.5) return "scan";
  if (found.paper < 0.6 && found.unevenness >= 4) return "photograph";
  return kUnknown;
}

const char *flat_page(const Measures &found, double sharpness) {
  const bool one_paper = found.paper >= 0.6;
  if (sharpness <= 0.66 && one_paper) return "scan";
  if (found.flat < 0.75) return kUnknown;
  if (is_black_and_white(found)) return one_paper ? "fax" : kUnknown;
  if (sharpness < 0.7 || (found.is_upright && has_a_screens_shape(found))) return kUnknown;
  return "born digital";
}

}  // namespace

std::string medium_of(const Image &image) {
  const std::optional<Measures> found = measure(image);
  if (!found) return kUnknown;
  if (is_screen(*found)) return "screen";
  if (found->flat < 0.5) return with_grain(*found);
  return found->sharpness ? flat_page(*found, *found->sharpness) : kUnknown;
}

}  // namespace forensics_rt
