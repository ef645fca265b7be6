#include "medium/measures.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

#include "medium/sample.hpp"

namespace forensics_rt {
namespace {

constexpr int kFewestBlocks = 8;
constexpr int kFlat = 2, kQuiet = 60, kEdge = 90;  // in levels, largest minus smallest of a block
constexpr int kWhite = 250, kDark = 40, kBright = 216;
constexpr int kFewestEdges = 6;
constexpr int kCells = 8;
constexpr int kPaper = 12;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double share(int part, int whole) { return static_cast<double>(part) / std::max(whole, 1); }

// Adds up the blocks that are flat, quiet, and not white.
void count_blocks(const Sample &sample, Measures &found) {
  int quiet = 0, flat_and_quiet = 0, tinted = 0, dim = 0, flat_and_dim = 0;
  for (int row = 0; row < sample.rows(); ++row)
    for (int column = 0; column < sample.columns(); ++column) {
      const Extremes levels = sample.extremes(row, column);
      const bool is_quiet = levels.spread < kQuiet, is_flat = levels.spread <= kFlat;
      const bool is_white = levels.lowest >= kWhite, is_dim = is_quiet && !is_white;
      quiet += is_quiet;
      flat_and_quiet += is_flat && is_quiet;
      tinted += is_flat && !is_white;
      dim += is_dim;
      flat_and_dim += is_flat && is_dim;
    }
  found.flat = share(flat_and_quiet, quiet);
  found.tinted = share(tinted, sample.rows() * sample.columns());
  found.grain = dim > 0 ? 1 - share(flat_and_dim, dim) : 0.0;
}

void count_levels(const Sample &sample, Measures &found) {
  std::array<double, 256> levels{};
  for (int y = 0; y < sample.height(); ++y)
    for (int x = 0; x < sample.width(); ++x) levels[sample.at(y, x).g] += 1;
  const double pixels = static_cast<double>(sample.height()) * sample.width();
  for (double &level : levels) level /= pixels;
  const auto sum = [&](int from, int to) {
    double total = 0;
    for (int level = std::max(from, 0); level < std::min(to, 256); ++level)
      total += levels[static_cast<std::size_t>(level)];
    return total;
  };
  found.gray = sum(kDark, kBright) / std::max(sum(0, kDark), 1e-4);
  found.paper = 0;
  for (int level = 0; level < 256; ++level)
    found.paper = std::max(found.paper, sum(level - kPaper, level + kPaper + 1));
}

std::optional<double> sharpness_of(const Sample &sample) {
  std::vector<double> steepest;
  for (int row = 0; row < sample.rows(); ++row)
    for (int column = 0; column < sample.columns(); ++column) {
      int lowest = 255, highest = 0, step = 0;
      for (int y = row * kBlock; y < (row + 1) * kBlock; ++y)
        for (int x = column * kBlock; x < (column + 1) * kBlock; ++x) {
          const int level = sample.at(y, x).g;
          lowest = std::min(lowest, level);
          highest = std::max(highest, level);
          // The first of a block has no neighbor: the block before lies elsewhere in the image.
          if (x % kBlock) step = std::max(step, std::abs(level - sample.at(y, x - 1).g));
        }
      if (highest - lowest > kEdge)
        steepest.push_back(static_cast<double>(step) / (highest - lowest));
    }
  if (steepest.size() < kFewestEdges) return std::nullopt;
  return median(std::move(steepest));
}

// The mean of `values` over a cell of 8x8 cells, whose edges may part a block.
double cell_mean(const std::vector<double> &values, int rows, int columns, int row, int column) {
  const double top = static_cast<double>(row) * rows / kCells;
  const double bottom = static_cast<double>(row + 1) * rows / kCells;
  const double left = static_cast<double>(column) * columns / kCells;
  const double right = static_cast<double>(column + 1) * columns / kCells;
  double sum = 0;
  for (int y = static_cast<int>(top); y < std::min<double>(bottom, rows); ++y)
    for (int x = static_cast<int>(left); x < std::min<double>(right, columns); ++x) {
      const double high = std::min(y + 1.0, bottom) - std::max<double>(y, top);
      const double wide = std::min(x + 1.0, right) - std::max<double>(x, left);
      sum += high * wide * values[static_cast<std::size_t>(y * columns + x)];
    }
  return sum / ((bottom - top) * (right - left));
}

double unevenness_of(const Sample &sample) {
  std::vector<double> paper;
  for (int row = 0; row < sample.rows(); ++row)
    for (int column = 0; column < sample.columns(); ++column)
      paper.push_back(sample.brightest_spot(row, column));
  std::array<std::array<double, kCells>, kCells> cells{};
  for (std::size_t y = 0; y < kCells; ++y)
    for (std::size_t x = 0; x < kCells; ++x)
      cells[y][x] = cell_mean(paper, sample.rows(), sample.columns(), static_cast<int>(y),
                              static_cast<int>(x));
  std::vector<double> steps;
  for (std::size_t y = 0; y < kCells; ++y)
    for (std::size_t x = 0; x < kCells; ++x) {
      if (y > 0) steps.push_back(std::abs(cells[y][x] - cells[y - 1][x]));
      if (x > 0) steps.push_back(std::abs(cells[y][x] - cells[y][x - 1]));
    }
  return median(std::move(steps));
}

}  // namespace

std::optional<Measures> measure(const Image &image) {
  const int shorter = std::min(image.width, image.height);
  if (shorter < kFewestBlocks * kBlock) return std::nullopt;
  const Sample sample(image);
  Measures found{};
  count_blocks(sample, found);
  count_levels(sample, found);
  found.sharpness = sharpness_of(sample);
  found.unevenness = unevenness_of(sample);
  found.shape = static_cast<double>(std::max(image.width, image.height)) / shorter;
  found.is_upright = image.height > image.width;
  return found;
}

}  // namespace forensics_rt
