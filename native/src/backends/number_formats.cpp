#include "backends/number_formats.hpp"

#include <algorithm>
#include <cstdio>

namespace forensics_rt {
namespace {

// A format that rounds must gain this much over float32, and int8 this much over bf16, whose maps
// lie nearer to float32.
constexpr double kLeastGain = 1.15;

}  // namespace

std::vector<std::string> by_gain(const Ratios &ratios) {
  std::vector<std::string> worth;
  for (const auto &[name, ratio] : ratios)
    if (ratio >= kLeastGain) worth.push_back(name);
  const auto worth_of = [&](const std::string &name) {
    return ratios.at(name) / (name == kInt8 ? kLeastGain : 1.0);
  };
  std::stable_sort(worth.begin(), worth.end(), [&](const std::string &a, const std::string &b) {
    return worth_of(a) > worth_of(b);
  });
  return worth;
}

std::string FormatChoice::describe() const {
  std::string text = taken;
  if (const auto gain = ratios.find(taken); gain != ratios.end()) {
    char said[64];
    std::snprintf(said, sizeof said, ": %.2f times as fast as f32", gain->second);
    text += said;
  }
  for (const auto &[name, reason] : refused) text += "; " + name + " not taken: " + reason;
  return text;
}

}  // namespace forensics_rt
