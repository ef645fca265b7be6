// Douglas and Peucker, "Algorithms for the reduction of the number of points required to represent
// a digitized line or its caricature", Cartographica 10, 1973; with OpenCV's choice of the two
// points to begin with, and its last look at points in a line.
#include <cstddef>
#include <cstdint>
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

frt_point operator-(frt_point a, frt_point b) { return {a.x - b.x, a.y - b.y}; }

std::int64_t inner(frt_point a, frt_point b) {
  return std::int64_t{a.x} * b.x + std::int64_t{a.y} * b.y;
}

std::int64_t outer(frt_point a, frt_point b) {
  return std::int64_t{a.x} * b.y - std::int64_t{a.y} * b.x;
}

// Squared distance of a point from the piece between two others, times its squared length.
double scaled_distance(frt_point start, frt_point end, frt_point point) {
  const std::int64_t length = squared_distance(start, end);
  const std::int64_t along = inner(point - start, end - start);
  if (along < 0)
    return static_cast<double>(squared_distance(point, start)) * static_cast<double>(length);
  if (along > length)
    return static_cast<double>(squared_distance(point, end)) * static_cast<double>(length);
  const double across = static_cast<double>(outer(end - start, point - start));
  return across * across;
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
    double largest = 0;
    for (std::size_t at = (first + 1) % points.size(); at != last; at = (at + 1) % points.size()) {
      const double apart = scaled_distance(points[first], points[last], points[at]);
      if (apart > largest) {
        largest = apart;
        farthest = at;
      }
    }
    const double length = static_cast<double>(squared_distance(points[first], points[last]));
    if (largest <= squared * length) {
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
  std::size_t left = count, write = 0, read = 1;
  frt_point before = points[count - 1], here = points[0];
  for (std::size_t i = 0; i < count && left > 2; ++i) {
    const frt_point after = points[read];
    read = (read + 1) % count;
    const frt_point whole = after - before;
    const double length = static_cast<double>(inner(whole, whole));
    const double apart = static_cast<double>(outer(whole, here - before));
    if (apart * apart <= 0.5 * squared * length && whole.x != 0 && whole.y != 0 &&
        inner(here - before, after - here) >= 0) {
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
