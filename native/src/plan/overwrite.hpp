#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "plan/merge.hpp"

namespace forensics_rt {

class OverwriteMerger : public Merger {
 public:
  OverwriteMerger(const Plan &plan, int members, const std::vector<Tta> &tta);
  void add(const View &view, const float *answer) override;
  void settle(const Tile &tile, const float *answer) override;
  Maps finish() override;

 private:
  struct Picture {
    int copies = 0;  // a symmetry named twice counts twice
    std::vector<std::uint8_t> pixels;
  };
  const Plan &plan_;
  std::map<std::pair<int, Tta>, Picture> pictures_;
  std::vector<std::uint8_t> rounded_, upright_;
};

}  // namespace forensics_rt
