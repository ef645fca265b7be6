#include "cuda/kernels.hpp"

#include <algorithm>
#include <cstdint>

#include "plan/tta.hpp"

namespace forensics_rt {
namespace {

constexpr unsigned kAcross = 32, kDown = 8, kLine = 256;  // threads of a block
// Loops in the kernels are grid-stride, so a grid may be smaller than the work.
constexpr unsigned kMostDown = 65535;

enum { kTranspose = 1, kFlipRows = 2, kFlipColumns = 4 };

int code_of(Tta symmetry) {
  switch (symmetry) {
    case Tta::identity: return 0;
    case Tta::transpose: return kTranspose;
    case Tta::flip_up_down: return kFlipRows;
    case Tta::flip_left_right: return kFlipColumns;
    case Tta::rotate180: return kFlipRows | kFlipColumns;
    case Tta::rotate270: return kTranspose | kFlipRows;
    case Tta::rotate90: return kTranspose | kFlipColumns;
    case Tta::transverse: return kTranspose | kFlipRows | kFlipColumns;
  }
  return 0;
}

unsigned blocks(int work, unsigned threads) {
  return (static_cast<unsigned>(work) + threads - 1) / threads;
}

}  // namespace

std::vector<int> view_table(const std::vector<View> &views) {
  std::vector<int> table;
  for (const View &view : views)
    table.insert(table.end(), {view.tile.top, view.tile.left, code_of(view.symmetry),
                               code_of(inverse_of(view.symmetry))});
  return table;
}

Kernels::Kernels(const Device &device, Stream &stream)
    : device_(device),
      stream_(stream),
      to_rgb_(device.kernel("to_rgb")),
      gather_(device.kernel("gather")),
      cover_(device.kernel("cover")),
      scatter_(device.kernel("scatter")),
      finish_(device.kernel("finish")) {}

void Kernels::to_rgb(const Image &image, CUdeviceptr rgb) {
  auto pixels = static_cast<CUdeviceptr>(reinterpret_cast<std::uintptr_t>(image.pixels));
  auto stride = static_cast<long long>(image.stride);
  const bool gray = image.format == Format::gray;
  const bool backwards = image.format == Format::bgr || image.format == Format::bgra;
  int step = bytes_of(image.format), height = image.height, width = image.width;
  int red = backwards ? 2 : 0, green = gray ? 0 : 1, blue = gray || backwards ? 0 : 2;
  launch(to_rgb_, grid(width, height), {kAcross, kDown, 1},
         {&pixels, &stride, &step, &red, &green, &blue, &height, &width, &rgb});
}

void Kernels::gather(CUdeviceptr image, const Plan &plan, const DeviceViews &views,
                     CUdeviceptr batch) {
  DeviceViews of = views;
  int height = plan.height, width = plan.width;
  Extent over = grid(of.side / 4, of.side);
  over.z = std::min(static_cast<unsigned>(of.count), kMostDown);
  launch(gather_, over, {kAcross, kDown, 1},
         {&image, &height, &width, &of.table, &of.count, &of.side, &batch});
}

void Kernels::cover(const DeviceViews &views, CUdeviceptr window, int width, CUdeviceptr covered) {
  DeviceViews of = views;
  launch(cover_, grid_of(of.box), {kAcross, kDown, 1},
         {&of.table, &of.count, &of.side, &window, &width, &of.box.top, &of.box.left,
          &of.box.bottom, &of.box.right, &covered});
}

void Kernels::scatter(CUdeviceptr answers, const DeviceViews &views, CUdeviceptr window,
                      float weight, int width, CUdeviceptr sums, CUdeviceptr squares) {
  DeviceViews of = views;
  launch(scatter_, grid_of(of.box), {kAcross, kDown, 1},
         {&answers, &of.table, &of.count, &of.side, &window, &weight, &width, &of.box.top,
          &of.box.left, &of.box.bottom, &of.box.right, &sums, &squares});
}

void Kernels::finish(CUdeviceptr sums, CUdeviceptr squares, CUdeviceptr covered, float scale,
                     const Plan &plan) {
  float threshold = 0.5f;  // of the mask, which the host makes
  CUdeviceptr mask = 0;
  long long count = static_cast<long long>(plan.height) * plan.width;
  const auto lines =
      static_cast<unsigned>(std::min<long long>((count + kLine - 1) / kLine, 1 << 30));
  launch(finish_, {lines, 1, 1}, {kLine, 1, 1},
         {&sums, &squares, &covered, &scale, &threshold, &count, &sums, &squares, &mask});
}

Kernels::Extent Kernels::grid(int columns, int rows) {
  return {blocks(columns, kAcross), std::min(blocks(rows, kDown), kMostDown), 1};
}

Kernels::Extent Kernels::grid_of(const Box &box) {
  return grid(box.right - box.left, box.bottom - box.top);
}

void Kernels::launch(CUkernel kernel, Extent grid, Extent block, std::vector<void *> arguments) {
  const CudaDriver &driver = device_.driver();
  driver.check(
      driver.cuLaunchKernel(reinterpret_cast<CUfunction>(kernel), grid.x, grid.y, grid.z, block.x,
                            block.y, block.z, 0, stream_.handle(), arguments.data(), nullptr),
      "starting a kernel");
}

}  // namespace forensics_rt
