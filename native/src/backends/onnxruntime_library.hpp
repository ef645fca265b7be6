// ONNX Runtime, loaded when it is asked for: nothing is linked with it, so that the library also
// works where it is missing.
#pragma once

#include <onnxruntime/onnxruntime_c_api.h>

#include <string>

#include "errors.hpp"

namespace forensics_rt {

struct OnnxRuntime {
  const OrtApi *api;
  std::string version;  // such as "1.32.0"
  OrtEnv *env;          // lives as long as the process

  // Throws what ONNX Runtime says (FRT_ENGINE_FAILED, FRT_OUT_OF_MEMORY).
  void check(OrtStatus *status, const std::string &doing) const;
};

// The library that FORENSICS_RT_ONNXRUNTIME names, else the loader's libonnxruntime.so.1. Loaded
// once a process (FRT_BACKEND_UNAVAILABLE). Its usage reports are turned off.
const OnnxRuntime &onnxruntime();

}  // namespace forensics_rt
