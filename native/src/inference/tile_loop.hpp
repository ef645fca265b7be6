// The one loop over tiles: cut, infer, merge. The twin of inference/tile_loop.py and host.py.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "backends/base.hpp"
#include "inference/known_answers.hpp"
#include "plan/merge.hpp"

namespace forensics_rt {

// Runs the networks over images. Thread-safe.
class TileLoop {
 public:
  // `weights`: of the members that vote; `cascade`: index of the cascade network;
  // `coefficient_limit`: as in Manifest.
  TileLoop(Backend &backend, const Recipe &recipe, std::vector<double> weights, int cascade,
           std::optional<int> coefficient_limit);

  Maps run(const Image &image, const Plan &plan);
  // Compiles what a plan needs.
  void warm_up(const Plan &plan);

 private:
  class Pass;
  std::size_t views_of_a_tile() const;
  int at_once(bool alone) const;
  Backend &backend_;
  const Recipe &recipe_;
  std::vector<double> weights_;
  int cascade_;
  std::optional<int> coefficient_limit_;
  WindowWeights windows_;
  KnownAnswers known_;
  // The first image has the whole processor for each tile: maybe no other follows, and what is
  // compiled for two tiles side by side takes longer to start and twice the memory.
  std::atomic<bool> had_an_image_{false};
};

}  // namespace forensics_rt
