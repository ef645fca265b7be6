// Tiles that come again are answered once: those of one color, and those that a page repeats. The
// twin of inference/known_answers.py.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace forensics_rt {

// Network, height, width, and what a tile is known by.
using AnswerKey = std::tuple<int, int, int, std::string>;

// What an engine answered, kept: it would give the same bits again. Thread-safe.
class KnownAnswers {
 public:
  using Answer = std::shared_ptr<const std::vector<float>>;

  Answer find(const AnswerKey &key);  // null where it is not known
  void keep(const AnswerKey &key, const float *answer);

 private:
  struct Known {
    AnswerKey key;
    Answer answer;
  };
  std::mutex changing_;
  std::deque<Known> known_;  // the one used last comes first
};

}  // namespace forensics_rt
