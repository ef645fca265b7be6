// How the registry knows a backend.
#pragma once

#include <memory>

#include "backends/registry.hpp"

namespace forensics_rt {

struct Adapter {
  const char *name;
  const char *kind;  // of device: "cpu" or "cuda"
  std::unique_ptr<Backend> (*open)(const Bundle &, const BackendOptions &, const Log &);
};

template <typename Kind>
std::unique_ptr<Backend> open_as(const Bundle &bundle, const BackendOptions &options,
                                 const Log &log) {
  return std::make_unique<Kind>(bundle, options, log);
}

// TensorRT; null in a build without it. Each build links one of two files that define it.
const Adapter *tensorrt_adapter();

}  // namespace forensics_rt
