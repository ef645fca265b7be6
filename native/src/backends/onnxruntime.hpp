// ONNX Runtime on the CPU, in the number format of the bundle's graphs. The twin of
// backends/onnxruntime.py, without its providers for GPUs.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "backends/onnxruntime_library.hpp"
#include "backends/registry.hpp"

namespace forensics_rt {

// One session a network, for every shape of tiles.
class OnnxRuntimeBackend : public Backend {
 public:
  OnnxRuntimeBackend(const Bundle &bundle, const BackendOptions &options, const Log &log);
  ~OnnxRuntimeBackend() override;
  const Capabilities &capabilities() const override { return capabilities_; }
  int side_by_side() override { return 1; }
  std::shared_ptr<Requests> requests(int network, TileShape shape) override;

 private:
  class Session;
  class TileRequests;

  const OnnxRuntime &engine_;
  const Bundle &bundle_;
  std::optional<int> threads_;
  Capabilities capabilities_;
  std::mutex opening_;
  std::map<int, std::unique_ptr<Session>> sessions_;
  std::map<std::tuple<int, int, int>, std::shared_ptr<TileRequests>> requests_;
};

}  // namespace forensics_rt
