// The CUDA driver, loaded when it is asked for: the library also works where there is none. The
// twin of forensics_rt/cuda/driver.py.
#pragma once

#include <cuda.h>

#include <optional>
#include <string>

#include "errors.hpp"

namespace forensics_rt {

// What is called of the driver, by the names of cuda.h.
#define FRT_CUDA_FUNCTIONS(use)                                                                   \
  use(cuInit) use(cuDriverGetVersion) use(cuDeviceGetCount) use(cuDeviceGet) use(cuDeviceGetName) \
      use(cuDeviceGetAttribute) use(cuGetErrorName) use(cuDevicePrimaryCtxRetain)                 \
          use(cuDevicePrimaryCtxRelease) use(cuCtxGetCurrent) use(cuCtxSetCurrent)                \
              use(cuStreamCreateWithPriority) use(cuStreamDestroy) use(cuStreamSynchronize)       \
                  use(cuMemAlloc) use(cuMemFree) use(cuMemcpyAsync) use(cuMemsetD8Async)          \
                      use(cuPointerGetAttribute) use(cuLibraryLoadData) use(cuLibraryUnload)      \
                          use(cuLibraryGetKernel) use(cuLaunchKernel)

struct CudaDriver {
#define FRT_DECLARE(name) decltype(&::name) name;
  FRT_CUDA_FUNCTIONS(FRT_DECLARE)
#undef FRT_DECLARE
  int devices;          // how many GPUs it offers
  std::string version;  // newest CUDA that it runs, such as "13.0"

  // Throws what the driver says (FRT_ENGINE_FAILED, FRT_OUT_OF_MEMORY).
  void check(CUresult result, const std::string &doing) const;
  std::string name_of(CUresult result) const;
};

// The driver of this machine, which offers a GPU or more (FRT_BACKEND_UNAVAILABLE).
const CudaDriver &cuda_driver();

// Version of the display driver, such as "580.65.06"; none where its library does not tell.
std::optional<std::string> display_driver_version();

}  // namespace forensics_rt
