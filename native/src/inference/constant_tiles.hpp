// Tiles of one color are answered once. The twin of inference/constant_tiles.py.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "plan/pixel.hpp"

namespace forensics_rt {

// What was answered to tiles of one color, kept: an engine would give the same bits again.
// Thread-safe.
class ConstantAnswers {
 public:
  struct Key {
    int network, height, width;
    Rgb color;
  };
  using Answer = std::shared_ptr<const std::vector<float>>;

  Answer find(const Key &key);  // null where it is not known
  void keep(const Key &key, const float *answer);

 private:
  struct Known {
    Key key;
    Answer answer;
  };
  std::mutex changing_;
  std::deque<Known> known_;  // the one used last comes first
};

}  // namespace forensics_rt
