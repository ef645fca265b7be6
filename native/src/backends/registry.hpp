// The backends that were built in, and the choice among them. The twin of backends/registry.py.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backends/base.hpp"
#include "bundle/opening.hpp"
#include "log.hpp"

namespace forensics_rt {

struct BackendOptions {
  std::string backend = "auto";
  std::string device;              // "cpu", "cuda", "cuda:1"; empty for that of the backend
  std::string precision = "auto";  // or float32, bf16, int8
  std::optional<int> threads;
};

// Starts a backend for a bundle, which must outlive it (FRT_BACKEND_UNAVAILABLE).
std::unique_ptr<Backend> open_backend(const Bundle &bundle, const BackendOptions &options,
                                      const Log &log);

}  // namespace forensics_rt
