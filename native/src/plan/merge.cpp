#include "plan/merge.hpp"

#include "plan/blend.hpp"
#include "plan/overwrite.hpp"

namespace forensics_rt {

std::unique_ptr<Merger> merger_for(const Recipe &recipe, const Plan &plan,
                                   const std::vector<double> &member_weights,
                                   WindowWeights &windows) {
  if (recipe.merge == Merge::tianchi_fft2)
    return std::make_unique<OverwriteMerger>(plan, static_cast<int>(member_weights.size()),
                                             recipe.tta);
  return std::make_unique<BlendMerger>(plan, member_weights, recipe.tta.size(), windows);
}

}  // namespace forensics_rt
