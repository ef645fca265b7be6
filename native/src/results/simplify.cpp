// Douglas and Peucker, "Algorithms for the reduction of the number of points required to represent
// a digitized line or its caricature", Cartographica 10, 1973; with OpenCV's choice of the two
// points to begin with, and its last look at points in a line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "results/contour.hpp"

namespace forensics_rt {
namespace {

using Points = std::vector<frt_point>;

std::int64_t square(std::int64_t value) { return value * value; }

std::int64_t squared_distance(frt_point a, frt_point b) {
  return square(a.x - b.x) + square(a.y - b.y);
}

// Twice the area of the triangle of three points, with its sign.
std::int64_t area(frt_point start, frt_point end, frt_point point) {
  return std::int64_t{point.y - start.y} * (end.x - start.x) -
         std::int64_t{point.x - start.x} * (end.y - start.y);
}

// Steps from one point to the one farthest from it; 0 where all are the same.
std::size_t steps_to_farthest(const Points &points, std::size_t from) {
  std::size_t steps = 0;
  std::int64_t farthest = 0;
  for (std::size_t step = 1; step < points.size(); ++step) {
    const std::int64_t distance =
        squared_distance(points[from], points[(from + step) % points.size()]);
    if (distance > farthest) {
      farthest = distance;
      steps = step;
    }
  }
  return steps;
}

// Adds the start of every piece that is straight enough, from `start` on to before `end`.
void keep_between(const Points &points, std::size_t start, std::size_t end, double squared,
                  Points &kept) {
  std::vector<std::pair<std::size_t, std::size_t>> pieces = {{start, end}};
  while (!pieces.empty()) {
    const auto [first, last] = pieces.back();
    pieces.pop_back();
    std::size_t farthest = first;
    std::int64_t largest = 0;
    for (std::size_t at = (first + 1) % points.size(); at != last; at = (at + 1) % points.size()) {
      const std::int64_t apart = std::abs(area(points[first], points[last], points[at]));
      if (apart > largest) {
        largest = apart;
        farthest = at;
      }
    }
    const double length = static_cast<double>(squared_distance(points[first], points[last]));
    if (static_cast<double>(largest) * static_cast<double>(largest) <= squared * length) {
      kept.push_back(points[first]);
    } else {
      pieces.push_back({farthest, last});
      pieces.push_back({first, farthest});
    }
  }
}

// Drops points that lie nearly on the line between their neighbors, on slanted lines alone.
Points without_needless(Points points, double squared) {
  const std::size_t count = points.size();
  std::size_t left = count, write = count - 1, read = 1 % count;
  frt_point before = points[count - 1], here = points[0];
  for (std::size_t i = 0; i < count && left > 2; ++i) {
    const frt_point after = points[read];
    read = (read + 1) % count;
    const std::int64_t dx = after.x - before.x, dy = after.y - before.y;
    const double apart = static_cast<double>(area(before, after, here));
    const std::int64_t onwards = std::int64_t{here.x - before.x} * (after.x - here.x) +
                                 std::int64_t{here.y - before.y} * (after.y - here.y);
    if (apart * apart <= 0.5 * squared * static_cast<double>(dx * dx + dy * dy) && dx != 0 &&
        dy != 0 && onwards >= 0) {
      --left;
      points[write] = before = after;
      write = (write + 1) % count;
      here = points[read];
      read = (read + 1) % count;
      ++i;
      continue;
    }
    points[write] = before = here;
    write = (write + 1) % count;
    here = after;
  }
  points.resize(left);
  return points;
}

}  // namespace

Points simplified(const Points &contour, double tolerance) {
  const double squared = tolerance * tolerance;
  std::size_t start = 0, steps = 0;
  for (int times = 0; times < 3; ++times) {  // nearly the two points that lie farthest apart
    start = (start + steps) % contour.size();
    steps = steps_to_farthest(contour, start);
  }
  const std::size_t end = (start + steps) % contour.size();
  if (static_cast<double>(squared_distance(contour[start], contour[end])) <= squared)
    return {contour[start]};
  Points kept;
  keep_between(contour, start, end, squared, kept);
  keep_between(contour, end, start, squared, kept);
  return without_needless(std::move(kept), squared);
}

}  // namespace forensics_rt
