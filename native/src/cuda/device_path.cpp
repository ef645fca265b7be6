#include "cuda/device_path.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>

#include "plan/gather.hpp"

namespace forensics_rt {
namespace {

constexpr std::size_t kRow = 4 * sizeof(int);  // of the table of views
// A pixel looks at every tile of a launch: few of them, so that boxes stay small.
constexpr std::size_t kTilesALaunch = 64;

std::size_t pixels_in(const Plan &plan) {
  return static_cast<std::size_t>(plan.height) * static_cast<std::size_t>(plan.width);
}

std::size_t pixels_in_tile(int side) {
  return static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
}

// The smallest rectangle that holds what tiles see of the image.
Box box_of(const std::vector<View> &views, std::size_t first, std::size_t count, const Plan &plan) {
  Box box{plan.height, plan.width, 0, 0};
  for (std::size_t i = first; i < first + count; ++i) {
    const Tile &tile = views[i].tile;
    box = {std::min(box.top, tile.top), std::min(box.left, tile.left),
           std::max(box.bottom, std::min(tile.top + tile.height, plan.height)),
           std::max(box.right, std::min(tile.left + tile.width, plan.width))};
  }
  return box;
}

// All tiles under the first symmetry, then under the next: every network sees them in this order.
std::vector<View> views_of(const Recipe &recipe, const Plan &plan) {
  std::vector<View> views;
  for (const Tta symmetry : recipe.tta)
    for (const Tile &tile : plan.tiles) views.push_back({0, tile, symmetry});
  return views;
}

double total_of(const std::vector<double> &weights, const Recipe &recipe) {
  return std::accumulate(weights.begin(), weights.end(), 0.0) *
         static_cast<double>(recipe.tta.size());
}

}  // namespace

DevicePath::DevicePath(const Device &device, std::unique_ptr<DeviceEngine> engine,
                       const Recipe &recipe, const std::vector<double> &weights, int batch)
    : device_(device),
      recipe_(recipe),
      weights_(weights.begin(), weights.end()),
      windows_(recipe.window, total_of(weights, recipe)),
      batch_(static_cast<std::size_t>(batch)),
      several_(weights.size() * recipe.tta.size() > 1),
      engine_(std::move(engine)),
      stream_(device),
      kernels_(device, stream_),
      table_(device),
      rgb_(device),
      images_(device),
      answers_(device),
      sums_(device),
      squares_(device),
      covered_(device),
      window_(device) {}

DevicePath::~DevicePath() = default;

Maps DevicePath::run(const Image &image, const Plan &plan) try {
  return take_through(image, plan);
} catch (...) {
  // Whatever happened, nothing may read or write memory that is freed after.
  device_.driver().cuStreamSynchronize(stream_.handle());
  throw;
}

Maps DevicePath::take_through(const Image &image, const Plan &plan) {
  const std::vector<int> rows = view_table(views_of(recipe_, plan));
  const CUdeviceptr table = table_.at_least(rows.size() * sizeof(int));
  stream_.upload(table, rows.data(), rows.size() * sizeof(int));
  const CUdeviceptr pixels = pixels_of(image);
  const std::size_t count = pixels_in(plan), bytes = count * sizeof(float);
  cover(plan, table);
  accumulate(plan, pixels, table);
  const CUdeviceptr squares = several_ ? squares_.at_least(bytes) : 0;
  kernels_.finish(sums_.at_least(bytes), squares, covered_.at_least(bytes), windows_.total(), plan);
  Maps maps;
  maps.height = plan.height;
  maps.width = plan.width;
  maps.probability.resize(count);
  stream_.download(maps.probability.data(), sums_.at_least(bytes), bytes);
  if (several_) {
    maps.uncertainty.resize(count);
    stream_.download(maps.uncertainty.data(), squares, bytes);
  }
  stream_.synchronize();
  if (!std::all_of(maps.probability.begin(), maps.probability.end(),
                   [](float p) { return std::isfinite(p); }))
    throw Error(FRT_ENGINE_FAILED,
                "the engine gave NaN or infinity: its arithmetic overflowed; export with "
                "--precision fp32, or use another backend");
  return maps;
}

// Height x width x 3 bytes on the device, without gaps.
CUdeviceptr DevicePath::pixels_of(const Image &image) {
  const std::size_t row = static_cast<std::size_t>(image.width) * sizeof(Rgb);
  const std::size_t bytes = static_cast<std::size_t>(image.height) * row;
  const bool as_it_is =
      image.format == Format::rgb && image.stride == static_cast<std::ptrdiff_t>(row);
  if (image.memory == Memory::cuda) {
    const auto address = static_cast<CUdeviceptr>(reinterpret_cast<std::uintptr_t>(image.pixels));
    device_.check_owner(
        address, (image.height - 1) * image.stride,
        static_cast<std::size_t>(image.width) * static_cast<std::size_t>(bytes_of(image.format)));
    if (as_it_is) return address;
    const CUdeviceptr rgb = rgb_.at_least(bytes);
    kernels_.to_rgb(image, rgb);
    return rgb;
  }
  const CUdeviceptr rgb = rgb_.at_least(bytes);
  const void *source = image.pixels;
  if (!as_it_is) {
    staged_.resize(bytes / sizeof(Rgb));
    for (int y = 0; y < image.height; ++y)
      read_pixels(image, y, 0, image.width, staged_.data() + std::ptrdiff_t{y} * image.width);
    source = staged_.data();
  }
  stream_.upload(rgb, source, bytes);
  return rgb;
}

void DevicePath::cover(const Plan &plan, CUdeviceptr table) {
  const std::size_t bytes = pixels_in(plan) * sizeof(float);
  const CUdeviceptr covered = covered_.at_least(bytes);
  stream_.clear(covered, bytes);
  const int side = plan.tiles.front().height;
  const CUdeviceptr weights = window(side);
  std::vector<View> views;
  for (const Tile &tile : plan.tiles) views.push_back({0, tile, Tta::identity});
  for (std::size_t first = 0; first < views.size(); first += kTilesALaunch) {
    const std::size_t count = std::min(kTilesALaunch, views.size() - first);
    kernels_.cover(
        {table + kRow * first, static_cast<int>(count), side, box_of(views, first, count, plan)},
        weights, plan.width, covered);
  }
}

void DevicePath::accumulate(const Plan &plan, CUdeviceptr image, CUdeviceptr table) {
  const std::size_t bytes = pixels_in(plan) * sizeof(float);
  const CUdeviceptr sums = sums_.at_least(bytes);
  const CUdeviceptr squares = several_ ? squares_.at_least(bytes) : 0;
  stream_.clear(sums, bytes);
  if (several_) stream_.clear(squares, bytes);
  const int side = plan.tiles.front().height;
  const CUdeviceptr weights = window(side);
  const std::vector<View> views = views_of(recipe_, plan);
  const int networks = static_cast<int>(weights_.size());
  const int largest = static_cast<int>(std::min(batch_, views.size()));
  int most = largest;  // taken at once: what is queued uses this memory
  for (int network = 0; network < networks; ++network)
    most = std::max(most, engine_->batch_of(network, side, largest));
  const std::size_t room = static_cast<std::size_t>(most) * pixels_in_tile(side);
  const CUdeviceptr images = images_.at_least(room * sizeof(Rgb));
  const CUdeviceptr answers = answers_.at_least(room * sizeof(float));
  for (int network = 0; network < networks; ++network)
    for (std::size_t first = 0; first < views.size(); first += batch_) {
      const std::size_t count = std::min(batch_, views.size() - first);
      const int size = engine_->batch_of(network, side, static_cast<int>(count));
      const std::size_t pixels = static_cast<std::size_t>(size) * pixels_in_tile(side);
      const std::size_t used = count * pixels_in_tile(side);
      const DeviceViews seen{table + kRow * first, static_cast<int>(count), side,
                             box_of(views, first, count, plan)};
      kernels_.gather(image, plan, seen, images);
      if (pixels > used) stream_.clear(images + used * sizeof(Rgb), (pixels - used) * sizeof(Rgb));
      engine_->infer(network, images, answers, size, side, stream_.handle());
      kernels_.scatter(answers, seen, weights, weights_[static_cast<std::size_t>(network)],
                       plan.width, sums, squares);
    }
}

CUdeviceptr DevicePath::window(int side) {
  const std::size_t bytes = pixels_in_tile(side) * sizeof(float);
  const CUdeviceptr address = window_.at_least(bytes);
  if (window_side_ != side) {
    const Weights weights = windows_.of_tile(side, side);  // which `windows_` keeps
    stream_.upload(address, weights->data(), bytes);
    window_side_ = side;
  }
  return address;
}

}  // namespace forensics_rt
