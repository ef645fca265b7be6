#include "cuda/device.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "cuda/kernels_binary.hpp"

namespace forensics_rt {
namespace {

std::string unknown_gpu(const CudaDriver &driver, int ordinal) {
  return "GPU must be from 0 to " + std::to_string(driver.devices - 1) + ", but is " +
         std::to_string(ordinal) + "; CUDA_VISIBLE_DEVICES decides which there are";
}

}  // namespace

Device::Device(int ordinal) try : driver_(cuda_driver()), ordinal_(ordinal) {
  if (ordinal >= driver_.devices)
    throw Error(FRT_BACKEND_UNAVAILABLE, unknown_gpu(driver_, ordinal));
  driver_.check(driver_.cuDeviceGet(&device_, ordinal), "finding the GPU");
  std::array<char, 256> name{};
  driver_.check(driver_.cuDeviceGetName(name.data(), static_cast<int>(name.size()), device_),
                "asking for its name");
  name_ = name.data();
  for (const auto which : {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR,
                           CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR}) {
    int value = 0;
    driver_.check(driver_.cuDeviceGetAttribute(&value, which, device_), "asking for an attribute");
    capability_ += (capability_.empty() ? "" : ".") + std::to_string(value);
  }
  driver_.check(driver_.cuDevicePrimaryCtxRetain(&primary_, device_), "taking its context");
  try {
    load_kernels();
  } catch (...) {  // an object that is not made is not destroyed
    driver_.cuDevicePrimaryCtxRelease(device_);
    throw;
  }
} catch (const Error &error) {
  if (error.status() != FRT_ENGINE_FAILED) throw;
  throw Error(FRT_BACKEND_UNAVAILABLE,
              "GPU " + std::to_string(ordinal) + " cannot be opened: " + error.what() +
                  ". Look at nvidia-smi, which tells whether it is in use by one process alone or "
                  "needs a reset; or name another GPU, or device 'cpu'");
}

void Device::load_kernels() {
  const Current current(*this);
  const CUresult loaded = driver_.cuLibraryLoadData(&library_, kernels_binary(), nullptr, nullptr,
                                                    0, nullptr, nullptr, 0);
  if (loaded != CUDA_SUCCESS)
    throw Error(FRT_BACKEND_UNAVAILABLE, "the kernels cannot be loaded on " + name_ + " (" +
                                             capability_ + "): " + driver_.name_of(loaded) +
                                             "; build the library with a CUDA that knows this GPU");
}

Device::~Device() {
  driver_.cuLibraryUnload(library_);
  driver_.cuDevicePrimaryCtxRelease(device_);
}

CUkernel Device::kernel(const char *name) const {
  CUkernel found = nullptr;
  driver_.check(driver_.cuLibraryGetKernel(&found, library_, name),
                std::string("finding kernel ") + name);
  return found;
}

void Device::check_owner(CUdeviceptr first, std::ptrdiff_t rows, std::size_t row) const {
  // What lies elsewhere would fault on the GPU, which ends CUDA for the whole process.
  check_owner_at(first + static_cast<CUdeviceptr>(rows));
  const CUdeviceptr least = first + static_cast<CUdeviceptr>(std::min<std::ptrdiff_t>(rows, 0));
  const CUdeviceptr last =
      first + static_cast<CUdeviceptr>(std::max<std::ptrdiff_t>(rows, 0)) + (row - 1);
  for (CUdeviceptr address = least; address <= last;) {  // one piece of memory after the other
    check_owner_at(address);
    const CUdeviceptr end = end_of_memory(address);
    if (end <= address) break;  // the last one there can be
    address = end;
  }
}

// The first address behind the piece of memory that an address lies in.
CUdeviceptr Device::end_of_memory(CUdeviceptr address) const {
  CUdeviceptr start = 0;
  std::size_t size = 0;
  driver_.check(
      driver_.cuPointerGetAttribute(&start, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, address),
      "asking where its memory begins");
  driver_.check(driver_.cuPointerGetAttribute(&size, CU_POINTER_ATTRIBUTE_RANGE_SIZE, address),
                "asking for the size of its memory");
  return start + size;
}

void Device::check_owner_at(CUdeviceptr address) const {
  int ordinal = 0;
  std::string reason;
  const CUresult known =
      driver_.cuPointerGetAttribute(&ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, address);
  if (known != CUDA_SUCCESS) {
    reason = "the CUDA driver does not know its address (" + driver_.name_of(known) + ")";
  } else if (ordinal != ordinal_) {
    reason = "it is on GPU " + std::to_string(ordinal) + ", not on GPU " + std::to_string(ordinal_);
  } else {
    CUcontext context = nullptr;
    // Memory of a pool belongs to no context, which is no reason to refuse it.
    if (driver_.cuPointerGetAttribute(&context, CU_POINTER_ATTRIBUTE_CONTEXT, address) ==
            CUDA_SUCCESS &&
        context != nullptr && context != primary_)
      reason = "it belongs to a context of its own; make it in the primary one";
  }
  if (!reason.empty())
    throw Error(FRT_INVALID_ARGUMENT,
                "image.memory is FRT_CUDA, but image.pixels cannot be used: " + reason);
}

Current::Current(const Device &device) : device_(device) {
  const CudaDriver &driver = device.driver();
  driver.check(driver.cuCtxGetCurrent(&before_), "asking for the current context");
  driver.check(driver.cuCtxSetCurrent(device.primary_), "making the context current");
}

Current::Current(const Device &device, std::nothrow_t) noexcept : device_(device) {
  device.driver().cuCtxGetCurrent(&before_);
  device.driver().cuCtxSetCurrent(device.primary_);
}

Current::~Current() { device_.driver().cuCtxSetCurrent(before_); }

Stream::Stream(const Device &device) : device_(device) {
  const CudaDriver &driver = device.driver();
  driver.check(driver.cuStreamCreateWithPriority(&handle_, CU_STREAM_NON_BLOCKING, 0),
               "making a stream");
}

Stream::~Stream() { device_.driver().cuStreamDestroy(handle_); }

void Stream::copy(CUdeviceptr target, CUdeviceptr source, std::size_t bytes) {
  const CudaDriver &driver = device_.driver();
  driver.check(driver.cuMemcpyAsync(target, source, bytes, handle_), "copying");
}

void Stream::upload(CUdeviceptr target, const void *source, std::size_t bytes) {
  copy(target, reinterpret_cast<std::uintptr_t>(source), bytes);
}

void Stream::download(void *target, CUdeviceptr source, std::size_t bytes) {
  copy(reinterpret_cast<std::uintptr_t>(target), source, bytes);
}

void Stream::clear(CUdeviceptr target, std::size_t bytes) {
  const CudaDriver &driver = device_.driver();
  driver.check(driver.cuMemsetD8Async(target, 0, bytes, handle_), "clearing memory");
}

void Stream::synchronize() {
  const CudaDriver &driver = device_.driver();
  driver.check(driver.cuStreamSynchronize(handle_), "waiting for the GPU");
}

CUdeviceptr DeviceMemory::at_least(std::size_t bytes) {
  if (size_ >= bytes) return address_;
  free();
  const CudaDriver &driver = device_.driver();
  driver.check(driver.cuMemAlloc(&address_, bytes), std::to_string(bytes) + " bytes");
  size_ = bytes;
  return address_;
}

void DeviceMemory::free() noexcept {
  if (size_ > 0) device_.driver().cuMemFree(address_);
  size_ = 0;
}

}  // namespace forensics_rt
