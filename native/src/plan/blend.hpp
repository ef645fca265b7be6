#pragma once

#include <vector>

#include "plan/merge.hpp"

namespace forensics_rt {

class BlendMerger : public Merger {
 public:
  BlendMerger(const Plan &plan, const std::vector<double> &member_weights, std::size_t tta_count,
              WindowWeights &windows);
  void add(const View &view, const float *answer) override;
  void settle(const Tile &tile, const float *answer) override;
  Maps finish() override;

 private:
  void accumulate(const Tile &tile, const float *upright, float answer_weight);
  void divide_row(int y, const float *weights);

  const Plan &plan_;
  std::vector<float> member_weights_;
  WindowWeights &windows_;
  bool several_;
  int settled_tiles_ = 0;
  std::vector<float> sum_, sum_of_squares_, upright_;
};

}  // namespace forensics_rt
