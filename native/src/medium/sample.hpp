// Blocks of an image, spread evenly, as one image: a page of any size takes as long to measure.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/pixel.hpp"

namespace forensics_rt {

constexpr int kBlock = 16;  // two blocks of a JPEG

struct Extremes {
  int lowest;  // of all channels
  int spread;  // largest minus smallest of a channel, the widest of the three
};

class Sample {
 public:
  // At most 32 x 32 blocks of an image that has at least one.
  explicit Sample(const Image &image);

  int rows() const { return rows_; }  // of blocks
  int columns() const { return columns_; }
  int height() const { return rows_ * kBlock; }
  int width() const { return columns_ * kBlock; }
  Rgb at(int y, int x) const {
    return pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width()) +
                   static_cast<std::size_t>(x)];
  }

  Extremes extremes(int row, int column) const;
  // The brightest mean of 3 x 3 pixels around one of the block, in green.
  int brightest_spot(int row, int column) const;

 private:
  int rows_, columns_;
  std::vector<Rgb> pixels_;
};

}  // namespace forensics_rt
