#include "results/regions.hpp"

#include <algorithm>
#include <cstddef>

#include "results/components.hpp"
#include "results/contour.hpp"

namespace forensics_rt {
namespace {

// Smaller ones are noise to a reader: they stay in the mask and are not listed.
constexpr std::int64_t kSmallestArea = 16;
constexpr double kTolerance = 1.0;

Region region_of(const Component &found) {
  Region region{found.left,
                found.top,
                found.right - found.left,
                found.bottom - found.top,
                found.area,
                found.sum / static_cast<double>(found.area),
                simplified(outer_contour(found), kTolerance)};
  if (region.polygon.size() < 3) {  // a mere line: the corners of its box stand for it
    const int right = found.right - 1, bottom = found.bottom - 1;
    region.polygon = {
        {found.left, found.top}, {right, found.top}, {right, bottom}, {found.left, bottom}};
  }
  return region;
}

}  // namespace

Findings find_regions(const Maps &maps, const Decision &decision) {
  std::vector<Component> found = find_components(maps, static_cast<float>(decision.threshold),
                                                 static_cast<float>(decision.convincing()));
  const auto too_few = [&](const Component &one) { return one.convincing < decision.high_area; };
  found.erase(std::remove_if(found.begin(), found.end(), too_few), found.end());
  Findings findings{std::vector<std::uint8_t>(maps.probability.size()), 0, {}};
  for (const Component &one : found) {
    findings.forged_pixels += one.area;
    for (const Run &run : one.runs)
      std::fill_n(findings.mask.begin() + std::ptrdiff_t{run.y} * maps.width + run.left,
                  run.right - run.left, std::uint8_t{1});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Component &a, const Component &b) { return a.area > b.area; });
  for (const Component &one : found)
    if (one.area >= kSmallestArea) findings.regions.push_back(region_of(one));
  return findings;
}

}  // namespace forensics_rt
