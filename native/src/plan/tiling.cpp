#include "plan/tiling.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "errors.hpp"
#include "plan/cover.hpp"

namespace forensics_rt {
namespace {

// An image may take more than so many times its pixels only while they are not too many in all.
constexpr double kMostTimes = 64;
constexpr std::int64_t kMostWasted = 200'000'000;
// Pixels. To compile a graph takes as long as to run it on up to a million, but once.
constexpr std::int64_t kSavedByAShape = 200'000;

// End to end, and once more from the end, even where that repeats a tile.
std::vector<int> original_starts(int length, int size) {
  std::vector<int> starts;
  for (int step = 0; step < length / size; ++step) starts.push_back(step * size);
  starts.push_back(length - size);
  return starts;
}

std::int64_t sum_of(const std::vector<int> &sides) {
  return std::accumulate(sides.begin(), sides.end(), std::int64_t{0});
}

void refuse_waste(int height, int width, std::int64_t computed) {
  const double times = static_cast<double>(computed) / (static_cast<double>(height) * width);
  if (computed <= kMostWasted || times <= kMostTimes) return;
  throw Error(FRT_RECIPE_INVALID, "an image of " + std::to_string(width) + "x" +
                                      std::to_string(height) + " would be computed " +
                                      std::to_string(static_cast<std::int64_t>(times)) +
                                      " times over; cut it into shorter parts");
}

// Rows and columns of tiles that have these heights and widths.
Plan grid(int height, int width, const std::vector<int> &rows, const std::vector<int> &columns) {
  refuse_waste(height, width, sum_of(rows) * sum_of(columns));
  const std::vector<int> tops = place(height, rows), lefts = place(width, columns);
  Plan plan{height, width, {}};
  for (std::size_t row = 0; row < rows.size(); ++row)
    for (std::size_t column = 0; column < columns.size(); ++column)
      plan.tiles.push_back({tops[row], lefts[column], rows[row], columns[column]});
  return plan;
}

// Squares of the size that computes the fewest pixels; of two that cost the same, the larger.
Plan plan_squares(int height, int width, const std::vector<int> &sizes, int overlap) {
  const auto cost = [&](int size) {
    return sum_of(cover(height, {size}, overlap)) * sum_of(cover(width, {size}, overlap));
  };
  int size = sizes.front();
  for (const int other : sizes)
    if (other != size && std::make_pair(cost(other), -other) < std::make_pair(cost(size), -size))
      size = other;
  return grid(height, width, cover(height, {size}, overlap), cover(width, {size}, overlap));
}

// Every way to cover a side with tiles of one to three of the sides, each once. The smallest side,
// which comes first, is taken only where one tile of it is enough.
std::set<std::vector<int>> ways_to_cover(int length, const std::vector<int> &sides, int overlap) {
  if (length <= sides.front() || sides.size() == 1) return {cover(length, {sides[0]}, overlap)};
  const std::vector<int> larger(sides.begin() + 1, sides.end());
  std::set<std::vector<int>> ways;
  for (std::size_t mixture = 1; mixture < std::size_t{1} << larger.size(); ++mixture) {
    std::vector<int> some;
    for (std::size_t i = 0; i < larger.size(); ++i)
      if (mixture >> i & 1) some.push_back(larger[i]);
    if (some.size() <= 3) ways.insert(cover(length, some, overlap));
  }
  return ways;
}

// Heights of rows and widths of columns that compute the fewest pixels, then the fewest tiles. A
// shape more must save some pixels: some engines compile a graph for each.
Plan plan_rectangles(int height, int width, const std::vector<int> &sides, int overlap) {
  using Cost = std::tuple<std::int64_t, std::size_t, std::vector<int>, std::vector<int>>;
  const auto shapes_of = [](const std::vector<int> &of) {
    return static_cast<std::int64_t>(std::set<int>(of.begin(), of.end()).size());
  };
  const auto all_columns = ways_to_cover(width, sides, overlap);
  std::optional<Cost> best;
  for (const auto &rows : ways_to_cover(height, sides, overlap))
    for (const auto &columns : all_columns) {
      const std::int64_t shapes = shapes_of(rows) * shapes_of(columns);
      const std::int64_t pixels = sum_of(rows) * sum_of(columns);
      Cost cost{pixels + shapes * kSavedByAShape, rows.size() * columns.size(), rows, columns};
      if (!best || cost < *best) best = std::move(cost);
    }
  return grid(height, width, std::get<2>(*best), std::get<3>(*best));
}

Plan plan_original_tiles(int height, int width, const std::vector<int> &sizes) {
  int size = 0;
  for (const int one : sizes)
    if (one <= std::min(height, width)) size = std::max(size, one);
  if (size == 0)
    throw Error(FRT_RECIPE_INVALID,
                "recipe 'tianchi-fft2' needs both sides of at least " +
                    std::to_string(*std::min_element(sizes.begin(), sizes.end())) +
                    " pixels, got " + std::to_string(width) + "x" + std::to_string(height) +
                    "; the other recipes take images of any size");
  Plan plan{height, width, {}};
  for (const int top : original_starts(height, size))
    for (const int left : original_starts(width, size))
      plan.tiles.push_back({top, left, size, size});
  return plan;
}

}  // namespace

Plan plan_for(const Recipe &recipe, int height, int width, const TileSides &sides) {
  const std::vector<int> &squares = recipe.tile_sizes ? *recipe.tile_sizes : sides.squares;
  if (recipe.merge == Merge::tianchi_fft2) return plan_original_tiles(height, width, squares);
  if (sides.fitting.empty() || recipe.tile_sizes)
    return plan_squares(height, width, squares, recipe.overlap);
  return plan_rectangles(height, width, sides.fitting, recipe.overlap);
}

}  // namespace forensics_rt
