// Window weights that images share: pages of one scanner are of one size.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "plan/tiling.hpp"

namespace forensics_rt {

using Weights = std::shared_ptr<const std::vector<float>>;

// The weights of tiles, and their sums over the pixels of an image. Thread-safe.
class WindowWeights {
 public:
  // `total`: of the weights of all answers that a tile gets.
  WindowWeights(Window name, double total) : name_(name), total_(static_cast<float>(total)) {}

  float total() const { return total_; }
  Weights of_tile(int height, int width);
  Weights of_pixels(const Plan &plan);  // already times `total`

 private:
  struct Kept {
    int height, width;
    Weights weights;
  };
  Weights sum_over(const Plan &plan);

  Window name_;
  float total_;
  std::mutex changing_;
  std::map<std::pair<int, int>, Weights> tiles_;
  std::deque<Kept> images_;  // a plan is a function of height and width
};

}  // namespace forensics_rt
