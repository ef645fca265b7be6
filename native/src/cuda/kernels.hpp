// One typed function for each kernel that is used. The twin of forensics_rt/cuda/launch.py.
#pragma once

#include <vector>

#include "cuda/device.hpp"
#include "plan/merge.hpp"
#include "plan/pixel.hpp"

namespace forensics_rt {

// A rectangle of the image, ends excluded.
struct Box {
  int top, left, bottom, right;
};

// Views of one side of tiles: rows of the table at `table`, and what they see of the image.
struct DeviceViews {
  CUdeviceptr table;
  int count, side;
  Box box;
};

// Four numbers for each view: top, left, code of the symmetry, code of its inverse.
std::vector<int> view_table(const std::vector<View> &views);

// Images are height x width x 3 bytes, maps height x width floats, both without gaps. Nothing
// waits.
class Kernels {
 public:
  Kernels(const Device &device, Stream &stream);

  void to_rgb(const Image &image, CUdeviceptr rgb);
  void gather(CUdeviceptr image, const Plan &plan, const DeviceViews &views, CUdeviceptr batch);
  void cover(const DeviceViews &views, CUdeviceptr window, int width, CUdeviceptr covered);
  // `squares`: 0 where sums of squares are not wanted.
  void scatter(CUdeviceptr answers, const DeviceViews &views, CUdeviceptr window, float weight,
               int width, CUdeviceptr sums, CUdeviceptr squares);
  // Makes a probability of the sums, and an uncertainty of the sums of squares, in place.
  void finish(CUdeviceptr sums, CUdeviceptr squares, CUdeviceptr covered, float scale,
              const Plan &plan);

 private:
  struct Extent {
    unsigned x, y, z;
  };
  static Extent grid(int columns, int rows);
  static Extent grid_of(const Box &box);
  void launch(CUkernel kernel, Extent grid, Extent block, std::vector<void *> arguments);

  const Device &device_;
  Stream &stream_;
  CUkernel to_rgb_, gather_, cover_, scatter_, finish_;
};

}  // namespace forensics_rt
