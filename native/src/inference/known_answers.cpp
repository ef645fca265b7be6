#include "inference/known_answers.hpp"

#include <algorithm>
#include <cstddef>

namespace forensics_rt {
namespace {

// Of white, black and a few bars, to tiles of the shapes of a page.
constexpr std::size_t kMostKept = 16;

}  // namespace

KnownAnswers::Answer KnownAnswers::find(const AnswerKey &key) {
  const std::lock_guard<std::mutex> guard(changing_);
  const auto found = std::find_if(known_.begin(), known_.end(),
                                  [&](const Known &known) { return known.key == key; });
  if (found == known_.end()) return nullptr;
  std::rotate(known_.begin(), found, found + 1);
  return known_.front().answer;
}

void KnownAnswers::keep(const AnswerKey &key, const float *answer) {
  const std::size_t count =
      static_cast<std::size_t>(std::get<1>(key)) * static_cast<std::size_t>(std::get<2>(key));
  auto kept = std::make_shared<const std::vector<float>>(answer, answer + count);
  const std::lock_guard<std::mutex> guard(changing_);
  known_.push_front({key, std::move(kept)});
  if (known_.size() > kMostKept) known_.pop_back();
}

}  // namespace forensics_rt
