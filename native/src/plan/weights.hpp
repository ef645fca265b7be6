// Window weights that tiles of one shape share.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "plan/tiling.hpp"

namespace forensics_rt {

using Weights = std::shared_ptr<const std::vector<float>>;

// Thread-safe.
class WindowWeights {
 public:
  // `total`: of the weights of all answers that a tile gets.
  WindowWeights(Window name, double total) : name_(name), total_(static_cast<float>(total)) {}

  float total() const { return total_; }
  Weights of_tile(int height, int width);
  // What all answers to the pixels of one row weigh: `plan.width` values.
  void of_row(const Plan &plan, int y, float *weights);

 private:
  Window name_;
  float total_;
  std::mutex changing_;
  std::map<std::pair<int, int>, Weights> tiles_;
};

}  // namespace forensics_rt
