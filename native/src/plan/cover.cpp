// Covering one side of an image with tiles: which sides they have, and where they begin.
#include "plan/cover.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <tuple>

#include "plan/tiling.hpp"

namespace forensics_rt {
namespace {

int ceil_of(int value, int divisor) { return (value + divisor - 1) / divisor; }

// The best way to cover a part of a side: least sum of sides, then fewest tiles.
struct Way {
  std::int64_t total;
  int tiles;
  int last;  // side of the last one
  bool operator<(const Way &other) const {
    return std::tie(total, tiles, last) < std::tie(other.total, other.tiles, other.last);
  }
};

}  // namespace

std::vector<int> cover(int length, const std::vector<int> &choices, int overlap) {
  const int shared = ceil_of(overlap, kJpegBlock);
  // Each tile brings its side less what it shares; the first one shares with nobody.
  const auto brings = [&](int side) { return side / kJpegBlock - shared; };
  int blocks = std::max(1, ceil_of(length, kJpegBlock) - shared);
  // Of so many tiles that are not the longest, some could be replaced by fewer of the longest.
  const int longest = *std::max_element(choices.begin(), choices.end());
  const int sure = std::max(0, blocks / brings(longest) - brings(longest));
  blocks -= sure * brings(longest);
  std::vector<Way> best = {{0, 0, 0}};
  for (int covered = 1; covered <= blocks; ++covered) {
    Way found{std::numeric_limits<std::int64_t>::max(), 0, 0};
    for (const int side : choices) {
      const Way &before = best[static_cast<std::size_t>(std::max(0, covered - brings(side)))];
      found = std::min(found, {before.total + side, before.tiles + 1, side});
    }
    best.push_back(found);
  }
  std::vector<int> taken(static_cast<std::size_t>(sure), longest);
  for (; blocks > 0; blocks -= brings(taken.back()))
    taken.push_back(best[static_cast<std::size_t>(blocks)].last);
  std::sort(taken.rbegin(), taken.rend());
  return taken;
}

std::vector<int> place(int length, const std::vector<int> &sides) {
  const int last = std::max(0, ceil_of(length - sides.back(), kJpegBlock));
  const int sum = std::accumulate(sides.begin(), sides.end() - 1, 0);
  const std::int64_t shared = sum / kJpegBlock - last;
  const std::int64_t joints = static_cast<std::int64_t>(sides.size()) - 1;
  std::vector<int> starts = {0};
  int end = 0;
  for (std::int64_t joint = 1; joint <= joints; ++joint) {
    end += sides[static_cast<std::size_t>(joint - 1)];
    const std::int64_t back = (joint * shared + joints - 1) / joints;
    starts.push_back(end - static_cast<int>(back) * kJpegBlock);
  }
  return starts;
}

}  // namespace forensics_rt
