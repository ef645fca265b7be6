#pragma once

namespace forensics_rt {

// forensics_rt/cuda/kernels.cu, compiled: as the driver loads it. Made by cmake/kernels.cmake.
const void *kernels_binary();

}  // namespace forensics_rt
