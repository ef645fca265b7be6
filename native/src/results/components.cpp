#include "results/components.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>

namespace forensics_rt {
namespace {

std::vector<Run> runs_of(const Maps &maps, float threshold) {
  std::vector<Run> runs;
  for (int y = 0; y < maps.height; ++y) {
    const float *row = maps.probability.data() + std::ptrdiff_t{y} * maps.width;
    for (int x = 0; x < maps.width; ++x) {
      if (row[x] < threshold) continue;
      const int left = x;
      while (x < maps.width && row[x] >= threshold) ++x;
      runs.push_back({y, left, x});
    }
  }
  return runs;
}

// Sets of runs that touch: each run points at an earlier one, or at itself.
class TouchingRuns {
 public:
  explicit TouchingRuns(const std::vector<Run> &runs) : first_(runs.size()) {
    for (std::size_t i = 0; i < runs.size(); ++i) first_[i] = i;
    std::size_t above = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const Run &run = runs[i];
      // Past what cannot touch this run, nor any run to its right.
      while (above < i && (runs[above].y < run.y - 1 ||
                           (runs[above].y == run.y - 1 && runs[above].right < run.left)))
        ++above;
      for (std::size_t j = above; j < i && runs[j].y == run.y - 1 && runs[j].left <= run.right; ++j)
        join(i, j);
    }
  }

  std::size_t first_of(std::size_t run) {
    while (first_[run] != run) run = first_[run] = first_[first_[run]];
    return run;
  }

 private:
  void join(std::size_t a, std::size_t b) {
    a = first_of(a);
    b = first_of(b);
    first_[std::max(a, b)] = std::min(a, b);
  }

  std::vector<std::size_t> first_;
};

void add_run(Component &to, const Run &run, const Maps &maps, float high) {
  const float *row = maps.probability.data() + std::ptrdiff_t{run.y} * maps.width;
  for (int x = run.left; x < run.right; ++x) {
    to.sum += static_cast<double>(row[x]);
    to.convincing += row[x] >= high;
  }
  to.left = std::min(to.left, run.left);
  to.right = std::max(to.right, run.right);
  to.bottom = run.y + 1;
  to.area += run.right - run.left;
  to.runs.push_back(run);
}

// OpenCV looks at blocks of 2x2 pixels, row by row, and labels a part at its first block.
std::tuple<int, int> first_block(const Component &component) {
  int left = component.runs.front().left;
  for (const Run &run : component.runs) {
    if (run.y / 2 != component.top / 2) break;
    left = std::min(left, run.left);
  }
  return {component.top / 2, left / 2};
}

}  // namespace

std::vector<Component> find_components(const Maps &maps, float threshold, float high) {
  const std::vector<Run> runs = runs_of(maps, threshold);
  TouchingRuns touching(runs);
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> place(runs.size(), kNone);
  std::vector<Component> components;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    std::size_t &of = place[touching.first_of(i)];
    if (of == kNone) {
      of = components.size();
      components.push_back({{}, runs[i].left, runs[i].y, 0, 0, 0, 0.0, 0});
    }
    add_run(components[of], runs[i], maps, high);
  }
  std::stable_sort(
      components.begin(), components.end(),
      [](const Component &a, const Component &b) { return first_block(a) < first_block(b); });
  return components;
}

}  // namespace forensics_rt
