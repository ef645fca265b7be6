// An image's whole way on the device: up, cut, computed, blended, down. The twin of
// forensics_rt/cuda/device_path.py and blend.py.
#pragma once

#include <memory>
#include <vector>

#include "cuda/kernels.hpp"
#include "plan/maps.hpp"
#include "plan/weights.hpp"

namespace forensics_rt {

// Runs networks on the device, for one thread at a time.
class DeviceEngine {
 public:
  virtual ~DeviceEngine() = default;
  // How many tiles must be given where there are so many: an engine has a least batch.
  virtual int batch_of(int network, int side, int count) = 0;
  // Queues a batch, count x side x side x 3 bytes to count x side x side floats.
  virtual void infer(int network, CUdeviceptr images, CUdeviceptr answers, int count, int side,
                     CUstream stream) = 0;
};

// Takes one image at a time. The same image, plan and engine give the same bits in every run.
class DevicePath {
 public:
  // `batch`: most tiles in one call of the engine.
  DevicePath(const Device &device, std::unique_ptr<DeviceEngine> engine, const Recipe &recipe,
             const std::vector<double> &weights, int batch);
  DevicePath(const DevicePath &) = delete;
  DevicePath &operator=(const DevicePath &) = delete;
  ~DevicePath();

  // After a failure nothing of it runs any more, and it must not be used again.
  Maps run(const Image &image, const Plan &plan);

 private:
  Maps take_through(const Image &image, const Plan &plan);
  CUdeviceptr pixels_of(const Image &image);
  void cover(const Plan &plan, CUdeviceptr table);
  void accumulate(const Plan &plan, CUdeviceptr image, CUdeviceptr table);
  CUdeviceptr window(int side);

  const Device &device_;
  const Recipe &recipe_;
  std::vector<float> weights_;
  WindowWeights windows_;
  std::size_t batch_;
  bool several_;
  std::unique_ptr<DeviceEngine> engine_;
  Stream stream_;
  Kernels kernels_;
  std::vector<Rgb> staged_;
  DeviceMemory table_, rgb_, images_, answers_, sums_, squares_, covered_;
  DeviceMemory window_;
  int window_side_ = 0;
};

}  // namespace forensics_rt
