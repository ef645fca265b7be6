// TensorRT, loaded when it is asked for: only its headers are needed to build.
#pragma once

#include <NvInfer.h>

#include <memory>
#include <string>

#include "log.hpp"

namespace forensics_rt {

// Passes warnings on to the caller's log, and keeps the last errors of each thread: what fails on
// one must not tell the reasons of another.
class TensorRtLogger : public nvinfer1::ILogger {
 public:
  explicit TensorRtLogger(const Log &log) : log_(log) {}
  void log(Severity severity, nvinfer1::AsciiChar const *message) noexcept override;
  static std::string said();  // the last errors on this thread
  static void forget();

 private:
  Log log_;
};

// What TensorRT calls its C functions, and its version.
struct TensorRtLibrary {
  void *(*create_runtime)(void *logger, std::int32_t version);
  std::string version;  // such as "11.4.0.106"
};

// The library that FORENSICS_RT_TENSORRT names, else the loader's libnvinfer.so of the major
// version that was built with (FRT_BACKEND_UNAVAILABLE). A driver must have answered before:
// without one TensorRT may end the process.
const TensorRtLibrary &tensorrt_library();

}  // namespace forensics_rt
