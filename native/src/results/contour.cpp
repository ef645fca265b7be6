#include "results/contour.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace forensics_rt {
namespace {

// A part on a canvas of its own, with an empty border.
class Canvas {
 public:
  explicit Canvas(const Component &of)
      : left_(of.left - 1),
        top_(of.top - 1),
        width_(of.right - of.left + 2),
        filled_(static_cast<std::size_t>(width_) *
                static_cast<std::size_t>(of.bottom - of.top + 2)) {
    for (const Run &run : of.runs)
      std::fill_n(filled_.begin() + place(run.left, run.y), run.right - run.left, true);
  }
  bool has(frt_point at) const { return filled_[static_cast<std::size_t>(place(at.x, at.y))] != 0; }

 private:
  std::ptrdiff_t place(int x, int y) const {
    return std::ptrdiff_t{y - top_} * width_ + (x - left_);
  }
  int left_, top_, width_;
  std::vector<char> filled_;
};

// The eight neighbors, counter-clockwise from the right one.
constexpr frt_point kStep[8] = {{1, 0},  {1, -1}, {0, -1}, {-1, -1},
                                {-1, 0}, {-1, 1}, {0, 1},  {1, 1}};

frt_point neighbor(frt_point of, unsigned direction) {
  return {of.x + kStep[direction % 8].x, of.y + kStep[direction % 8].y};
}

bool same(frt_point a, frt_point b) { return a.x == b.x && a.y == b.y; }

}  // namespace

// Border following: S. Suzuki and K. Abe, "Topological structural analysis of digitized binary
// images by border following", CVGIP 30, 1985, for the one outer border of a part.
std::vector<frt_point> outer_contour(const Component &component) {
  const Canvas canvas(component);
  const frt_point start = {component.runs.front().left, component.top};
  // From the left, which is empty, clockwise to the first neighbor: the border ends there.
  unsigned to_last = 4;
  do to_last = (to_last + 7) % 8;
  while (!canvas.has(neighbor(start, to_last)) && to_last != 4);
  if (to_last == 4) return {start};  // a single pixel
  const frt_point last = neighbor(start, to_last);
  std::vector<frt_point> contour;
  frt_point here = start;
  unsigned back = to_last, before = 8;  // directions: to where it came from, and of the last step
  for (;;) {
    unsigned direction = back + 1;
    while (!canvas.has(neighbor(here, direction))) ++direction;
    direction %= 8;
    if (direction != before) contour.push_back(here);
    before = direction;
    const frt_point next = neighbor(here, direction);
    if (same(next, start) && same(here, last)) return contour;
    here = next;
    back = (direction + 4) % 8;
  }
}

}  // namespace forensics_rt
