#include "inference/tile_loop.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "plan/gather.hpp"
#include "plan/tta.hpp"

namespace forensics_rt {
namespace {

double sum_of(const std::vector<double> &weights) {
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

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

}  // namespace

// Shows views to the engine, one ahead: while it computes one, the next is cut and the last merged.
class TileLoop::Pass {
 public:
  using Take = std::function<void(const View &, const float *)>;
  Pass(TileLoop &loop, const Image &image, Take take)
      : loop_(loop), gatherer_(image), take_(std::move(take)) {}
  Pass(const Pass &) = delete;
  Pass &operator=(const Pass &) = delete;
  ~Pass() { wait_for_what_runs(); }

  void show(const View &view);
  void finish();
  int constant_tiles = 0;  // views of one color

 private:
  struct Started {
    View view;
    Requests *from = nullptr;
    std::unique_ptr<Request> request;
    bool constant = false;
    ConstantAnswers::Key key{};
  };
  void complete(Started done);
  void wait_for_what_runs() noexcept;

  TileLoop &loop_;
  Gatherer gatherer_;
  Take take_;
  Started running_;
};

void TileLoop::Pass::show(const View &view) {
  const bool exchanged = exchanges_axes(view.symmetry);
  const int height = exchanged ? view.tile.width : view.tile.height;
  const int width = exchanged ? view.tile.height : view.tile.width;
  const std::size_t count = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  Started next{view, &loop_.backend_.requests(view.network, height, width), nullptr, false, {}};
  next.request = next.from->take();
  Rgb *input = next.request->input();
  gatherer_.gather(view.tile, view.symmetry, input);
  next.constant = is_constant(input, count);
  if (next.constant) {
    ++constant_tiles;
    next.key = {view.network, height, width, input[0]};
    if (running_.constant) finish();  // it may be about to know
    if (const auto known = loop_.constants_.find(next.key)) {
      next.from->give_back(std::move(next.request));
      finish();
      take_(view, known->data());
      return;
    }
  }
  next.request->start();
  complete(std::exchange(running_, std::move(next)));
}

void TileLoop::Pass::finish() { complete(std::exchange(running_, {})); }

void TileLoop::Pass::complete(Started done) {
  if (!done.request) return;
  const Tile &tile = done.view.tile;
  const std::size_t count =
      static_cast<std::size_t>(tile.height) * static_cast<std::size_t>(tile.width);
  const float *answer = done.request->answer();
  check_answer(answer, count, loop_.backend_.capabilities(), done.view.network);
  if (done.constant) loop_.constants_.keep(done.key, answer);
  take_(done.view, answer);
  done.from->give_back(std::move(done.request));
}

void TileLoop::Pass::wait_for_what_runs() noexcept {
  if (!running_.request) return;
  try {  // of an image that failed: its memory must not be freed under the engine
    running_.request->answer();
  } catch (...) {
  }
}

TileLoop::TileLoop(Backend &backend, const Recipe &recipe, std::vector<double> weights, int cascade)
    : backend_(backend),
      recipe_(recipe),
      weights_(std::move(weights)),
      cascade_(cascade),
      windows_(recipe.window, sum_of(weights_) * static_cast<double>(recipe.tta.size())) {}

Maps TileLoop::run(const Image &image, const Plan &plan) {
  const auto merger = merger_for(recipe_, plan, weights_, windows_);
  std::vector<Tile> seen = plan.tiles;
  int constant_tiles = 0;
  if (is_cascade()) {
    std::vector<Tile> unclear;
    Pass pass(*this, image, [&](const View &view, const float *answer) {
      if (largest_inside(plan, view.tile, answer) < static_cast<float>(*recipe_.exit_threshold))
        merger->settle(view.tile, answer);
      else
        unclear.push_back(view.tile);
    });
    for (const Tile &tile : seen) pass.show({cascade_, tile, Tta::identity});
    pass.finish();
    constant_tiles = pass.constant_tiles;
    seen = std::move(unclear);
  }
  Pass pass(*this, image,
            [&](const View &view, const float *answer) { merger->add(view, answer); });
  for (int member = 0; member < static_cast<int>(weights_.size()); ++member)
    for (std::size_t turned = 0; turned < recipe_.tta.size(); ++turned) {
      for (const Tile &tile : seen) pass.show({member, tile, recipe_.tta[turned]});
      // Each tile is counted once, where the first network sees it.
      if (member == 0 && turned == 0 && !is_cascade()) constant_tiles = pass.constant_tiles;
    }
  pass.finish();
  Maps maps = merger->finish();
  maps.constant_tiles = constant_tiles;
  return maps;
}

void TileLoop::warm_up(const Plan &plan) {
  const int members = static_cast<int>(weights_.size());
  for (const Tile &tile : plan.tiles)
    for (const Tta symmetry : recipe_.tta) {
      const bool exchanged = exchanges_axes(symmetry);
      const int height = exchanged ? tile.width : tile.height;
      const int width = exchanged ? tile.height : tile.width;
      for (int member = 0; member < members; ++member) backend_.requests(member, height, width);
      if (is_cascade()) backend_.requests(cascade_, tile.height, tile.width);
    }
}

}  // namespace forensics_rt
