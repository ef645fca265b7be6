#include "inference/constant_tiles.hpp"

#include <algorithm>

namespace forensics_rt {
namespace {

// White, black, and the colors of a few bars.
constexpr std::size_t kMostKept = 8;

bool same(const ConstantAnswers::Key &a, const ConstantAnswers::Key &b) {
  return a.network == b.network && a.height == b.height && a.width == b.width &&
         a.color == b.color;
}

}  // namespace

ConstantAnswers::Answer ConstantAnswers::find(const Key &key) {
  const std::lock_guard<std::mutex> guard(changing_);
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&](const Known &known) { return same(known.key, key); });
  if (found == known_.end()) return nullptr;
  std::rotate(known_.begin(), found, found + 1);
  return known_.front().answer;
}

void ConstantAnswers::keep(const Key &key, const float *answer) {
  const std::size_t count =
      static_cast<std::size_t>(key.height) * static_cast<std::size_t>(key.width);
  auto kept = std::make_shared<const std::vector<float>>(answer, answer + count);
  const std::lock_guard<std::mutex> guard(changing_);
  known_.push_front({key, std::move(kept)});
  if (known_.size() > kMostKept) known_.pop_back();
}

}  // namespace forensics_rt
