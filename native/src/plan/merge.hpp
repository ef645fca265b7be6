// What takes the answers of tiles and gives the maps of an image. The twin of plan/merge.py.
#pragma once

#include <memory>
#include <vector>

#include "plan/maps.hpp"
#include "plan/tiling.hpp"
#include "plan/weights.hpp"

namespace forensics_rt {

// One tile as a network sees it.
struct View {
  int network;  // index in the bundle: the members, then the cascade network
  Tile tile;
  Tta symmetry;
};

class Merger {
 public:
  virtual ~Merger() = default;

  // Takes the answer for one view, still turned; member by member, symmetry by symmetry.
  virtual void add(const View &view, const float *answer) = 0;

  // Lets one upright answer stand for those of all members and symmetries; before the first `add`.
  virtual void settle(const Tile &tile, const float *answer) = 0;

  // Ends the merger.
  virtual Maps finish() = 0;
};

std::unique_ptr<Merger> merger_for(const Recipe &recipe, const Plan &plan,
                                   const std::vector<double> &member_weights,
                                   WindowWeights &windows);

}  // namespace forensics_rt
