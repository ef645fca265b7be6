#include "inference/tile_loop.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <utility>

#include "inference/coming_again.hpp"
#include "plan/coefficients.hpp"
#include "plan/gather.hpp"
#include "plan/tta.hpp"

namespace forensics_rt {
namespace {

double sum_of(const std::vector<double> &weights) {
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

char name_of(Tta symmetry) { return static_cast<char>('a' + static_cast<int>(symmetry)); }

// Of the part of an upright answer that lies in the image.
float largest_inside(const Plan &plan, const Tile &tile, const float *answer) {
  const int rows = std::min(tile.height, plan.height - tile.top);
  const int columns = std::min(tile.width, plan.width - tile.left);
  float largest = 0.0f;
  for (int row = 0; row < rows; ++row) {
    const float *from = answer + std::ptrdiff_t{row} * tile.width;
    largest = std::max(largest, *std::max_element(from, from + columns));
  }
  return largest;
}

// Places in `seen`, the largest tiles first: an engine that has computed those has the memory for
// the others, and memory that grows leaves gaps. A few rows at a time, because answers that come
// before their turn are held.
std::vector<std::size_t> largest_first(const std::vector<Tile> &tiles,
                                       const std::vector<std::size_t> &seen) {
  constexpr std::ptrdiff_t kMost = 16;
  std::vector<std::size_t> order(seen.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto pixels = [&](std::size_t at) {
    return std::int64_t{tiles[seen[at]].height} * tiles[seen[at]].width;
  };
  for (auto begin = order.begin(); begin != order.end();) {
    const auto end = begin + std::min(kMost, order.end() - begin);
    std::stable_sort(begin, end,
                     [&](std::size_t a, std::size_t b) { return pixels(a) > pixels(b); });
    begin = end;
  }
  return order;
}

}  // namespace

// Shows views to the engine, some ahead: while it computes, the next is cut and the last merged.
// Views may be shown in any order; they are merged by their places.
class TileLoop::Pass {
 public:
  using Take = std::function<void(const View &, const float *)>;
  // `at_once`: how many tiles share the processor.
  Pass(TileLoop &loop, const Image &image, int at_once, Take take)
      : loop_(loop), image_(image), gatherer_(image), at_once_(at_once), take_(std::move(take)) {}
  Pass(const Pass &) = delete;
  Pass &operator=(const Pass &) = delete;
  ~Pass() { wait_for_what_runs(); }

  // `name`: what the tile is known by; empty for one that will not come again. `place`: among the
  // views of this pass, each from 0 on once.
  void show(const View &view, const std::string &name, std::size_t place);
  void finish();

 private:
  struct Started {
    View view;
    std::size_t place;
    AnswerKey key;
    std::shared_ptr<Requests> from;
    std::unique_ptr<Request> request;
  };
  struct Answered {
    View view;
    KnownAnswers::Answer answer;
  };
  bool take_known(const Started &next);
  void complete_first();
  void merge_held();
  void wait_for_what_runs() noexcept;

  TileLoop &loop_;
  const Image &image_;
  Gatherer gatherer_;
  int at_once_;
  Take take_;
  std::deque<Started> running_;           // in order
  std::map<std::size_t, Answered> held_;  // by place, until their turn comes
  std::size_t merged_ = 0;
};

void TileLoop::Pass::show(const View &view, const std::string &name, std::size_t place) {
  const bool exchanged = exchanges_axes(view.symmetry);
  const int height = exchanged ? view.tile.width : view.tile.height;
  const int width = exchanged ? view.tile.height : view.tile.width;
  // A color is the same however it is turned.
  const std::string turned = name.size() <= sizeof(Rgb) ? name : name + name_of(view.symmetry);
  Started next{view, place, {view.network, height, width, turned}, nullptr, nullptr};
  if (!name.empty() && take_known(next)) return;
  next.from = loop_.backend_.requests(view.network, {height, width, at_once_});
  next.request = next.from->take();
  gatherer_.gather(view.tile, view.symmetry, next.request->input());
  if (loop_.coefficient_limit_)
    gather_coefficients(*image_.coefficients, image_.height, image_.width,
                        *loop_.coefficient_limit_, view.tile, next.request->coefficients());
  next.request->start();
  running_.push_back(std::move(next));
  // One more than run at once: the next is cut meanwhile.
  while (running_.size() > static_cast<std::size_t>(at_once_)) complete_first();
}

bool TileLoop::Pass::take_known(const Started &next) {
  for (const Started &one : running_)
    if (one.key == next.key) {  // it is about to be known
      finish();
      break;
    }
  const KnownAnswers::Answer known = loop_.known_.find(next.key);
  if (!known) return false;
  held_.emplace(next.place, Answered{next.view, known});
  merge_held();
  return true;
}

void TileLoop::Pass::finish() {
  while (!running_.empty()) complete_first();
}

void TileLoop::Pass::complete_first() {
  Started &done = running_.front();
  const Tile &tile = done.view.tile;
  const std::size_t count =
      static_cast<std::size_t>(tile.height) * static_cast<std::size_t>(tile.width);
  const float *answer = done.request->answer();
  check_answer(answer, count, loop_.backend_.capabilities(), done.view.network);
  if (!std::get<std::string>(done.key).empty()) loop_.known_.keep(done.key, answer);
  if (done.place == merged_) {
    take_(done.view, answer);
    ++merged_;
    merge_held();
  } else {
    held_.emplace(done.place, Answered{done.view, std::make_shared<const std::vector<float>>(
                                                      answer, answer + count)});
  }
  done.from->give_back(std::move(done.request));
  running_.pop_front();
}

void TileLoop::Pass::merge_held() {
  for (auto first = held_.begin(); first != held_.end() && first->first == merged_;
       first = held_.erase(first), ++merged_)
    take_(first->second.view, first->second.answer->data());
}

void TileLoop::Pass::wait_for_what_runs() noexcept {
  for (Started &one : running_) try {  // of an image that failed: its memory must not be freed
      one.request->answer();           // under the engine
    } catch (...) {
    }
}

TileLoop::TileLoop(Backend &backend, const Recipe &recipe, std::vector<double> weights, int cascade,
                   std::optional<int> coefficient_limit)
    : backend_(backend),
      recipe_(recipe),
      weights_(std::move(weights)),
      cascade_(cascade),
      coefficient_limit_(coefficient_limit),
      windows_(recipe.window, sum_of(weights_) * static_cast<double>(recipe.tta.size())) {}

Maps TileLoop::run(const Image &image, const Plan &plan) {
  const bool first = !had_an_image_.exchange(true);
  const auto merger = merger_for(recipe_, plan, weights_, windows_);
  // Of two tiles that look alike, coefficients may differ.
  const ComingAgain again = coefficient_limit_
                                ? ComingAgain{std::vector<std::string>(plan.tiles.size()), 0, 0}
                                : find_coming_again(image, plan.tiles);
  std::vector<std::size_t> seen(plan.tiles.size());  // places in the plan
  std::iota(seen.begin(), seen.end(), std::size_t{0});
  const auto show_all = [&](Pass &pass, int network, Tta symmetry, std::size_t before) {
    for (const std::size_t at : largest_first(plan.tiles, seen))
      pass.show({network, plan.tiles[seen[at]], symmetry}, again.names[seen[at]], before + at);
  };
  if (recipe_.exit_threshold) {
    std::vector<std::size_t> unclear;
    std::size_t answered = 0;
    Pass pass(
        *this, image, at_once(first || seen.size() == 1),
        [&](const View &view, const float *answer) {
          const std::size_t place = answered++;
          if (largest_inside(plan, view.tile, answer) < static_cast<float>(*recipe_.exit_threshold))
            merger->settle(view.tile, answer);
          else
            unclear.push_back(place);
        });
    show_all(pass, cascade_, Tta::identity, 0);
    pass.finish();
    seen = std::move(unclear);
  }
  Pass pass(*this, image, at_once(first || seen.size() * views_of_a_tile() == 1),
            [&](const View &view, const float *answer) { merger->add(view, answer); });
  std::size_t shown = 0;
  for (int member = 0; member < static_cast<int>(weights_.size()); ++member)
    for (const Tta symmetry : recipe_.tta) {
      show_all(pass, member, symmetry, shown);
      shown += seen.size();
    }
  pass.finish();
  Maps maps = merger->finish();
  maps.constant_tiles = again.constant;
  maps.repeated_tiles = again.repeated;
  return maps;
}

std::size_t TileLoop::views_of_a_tile() const { return weights_.size() * recipe_.tta.size(); }

int TileLoop::at_once(bool alone) const { return alone ? 1 : backend_.side_by_side(); }

void TileLoop::warm_up(const Plan &plan) {
  had_an_image_ = true;  // more are to come
  const int members = static_cast<int>(weights_.size());
  for (const Tile &tile : plan.tiles)
    for (const Tta symmetry : recipe_.tta) {
      const bool exchanged = exchanges_axes(symmetry);
      const int height = exchanged ? tile.width : tile.height;
      const int width = exchanged ? tile.height : tile.width;
      for (int member = 0; member < members; ++member)
        backend_.requests(member,
                          {height, width, at_once(plan.tiles.size() * views_of_a_tile() == 1)});
      if (recipe_.exit_threshold)
        backend_.requests(cascade_, {tile.height, tile.width, at_once(plan.tiles.size() == 1)});
    }
}

}  // namespace forensics_rt
