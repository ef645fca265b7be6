// One GPU: its primary context, streams, memory and kernels. The twin of
// forensics_rt/cuda/device.py.
//
// The primary context is the one that TensorRT, PyTorch and CUDA's own runtime library use, so
// their memory can be read here. No other context is ever made, and what was current in a thread
// before is current again after.
#pragma once

#include <cstddef>
#include <new>
#include <optional>
#include <string>

#include "cuda/driver.hpp"

namespace forensics_rt {

// Thread-safe.
class Device {
 public:
  explicit Device(int ordinal);  // (FRT_BACKEND_UNAVAILABLE)
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;
  ~Device();

  const CudaDriver &driver() const { return driver_; }
  const std::string &name() const { return name_; }
  const std::string &compute_capability() const { return capability_; }
  CUkernel kernel(const char *name) const;
  // Refuses pixels that are not all in this GPU's memory (FRT_INVALID_ARGUMENT): the last row lies
  // `rows` bytes behind the first, or before it, and has `row` bytes.
  void check_owner(CUdeviceptr first, std::ptrdiff_t rows, std::size_t row) const;

 private:
  friend class Current;
  void load_kernels();
  void check_owner_at(CUdeviceptr address) const;
  CUdeviceptr end_of_memory(CUdeviceptr address) const;
  const CudaDriver &driver_;
  int ordinal_;
  CUdevice device_ = 0;
  CUcontext primary_ = nullptr;
  CUlibrary library_ = nullptr;
  std::string name_, capability_;
};

// The primary context is current while this lives; what follows needs that.
class Current {
 public:
  explicit Current(const Device &device);
  Current(const Device &device, std::nothrow_t) noexcept;  // for destructors
  Current(const Current &) = delete;
  Current &operator=(const Current &) = delete;
  ~Current();

 private:
  const Device &device_;
  CUcontext before_ = nullptr;
};

class Stream {
 public:
  explicit Stream(const Device &device);
  Stream(const Stream &) = delete;
  Stream &operator=(const Stream &) = delete;
  ~Stream();
  CUstream handle() const { return handle_; }
  // Between any two addresses. Of memory that is not page-locked the driver makes a copy first.
  void copy(CUdeviceptr target, CUdeviceptr source, std::size_t bytes);
  void upload(CUdeviceptr target, const void *source, std::size_t bytes);
  void download(void *target, CUdeviceptr source, std::size_t bytes);
  void clear(CUdeviceptr target, std::size_t bytes);
  void synchronize();

 private:
  const Device &device_;
  CUstream handle_ = nullptr;
};

// Memory of the GPU that grows to what was needed most.
class DeviceMemory {
 public:
  explicit DeviceMemory(const Device &device) : device_(device) {}
  DeviceMemory(const DeviceMemory &) = delete;
  DeviceMemory &operator=(const DeviceMemory &) = delete;
  ~DeviceMemory() { free(); }
  // The address of so many bytes; growing loses what they held. Nothing may be using them.
  CUdeviceptr at_least(std::size_t bytes);

 private:
  void free() noexcept;
  const Device &device_;
  CUdeviceptr address_ = 0;
  std::size_t size_ = 0;
};

}  // namespace forensics_rt
