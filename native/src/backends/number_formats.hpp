// Which number format a bundle computes in here. The twin of backends/number_formats.py.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace forensics_rt {

constexpr const char *kFloat32 = "f32";
constexpr const char *kBf16 = "bf16";
constexpr const char *kFloat16 = "f16";
constexpr const char *kInt8 = "int8";

using Ratios = std::map<std::string, double>;  // how many times as fast as float32

// The formats that are worth their rounding, the best first.
std::vector<std::string> by_gain(const Ratios &ratios);

struct FormatChoice {
  std::string taken = kFloat32;
  Ratios ratios;
  std::vector<std::pair<std::string, std::string>> refused;  // format, reason

  std::string describe() const;
};

}  // namespace forensics_rt
