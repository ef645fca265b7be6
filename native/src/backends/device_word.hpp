// What `device` may be: "cpu", "cuda", or one of several GPUs by its number, "cuda:1". The twin of
// backends/device_word.py.
#pragma once

#include <string>

namespace forensics_rt {

struct Place {
  std::string kind;  // "cpu" or "cuda"
  int ordinal = 0;   // of the GPU, as CUDA counts those that CUDA_VISIBLE_DEVICES leaves
};

Place place_of(const std::string &device);  // refuses what is none (FRT_BACKEND_UNAVAILABLE)

}  // namespace forensics_rt
