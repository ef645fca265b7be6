// TensorRT: the prebuilt engines of a bundle, on an NVIDIA GPU. The twin of backends/tensorrt.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "backends/registry.hpp"
#include "backends/tensorrt_engines.hpp"
#include "cuda/device.hpp"

namespace forensics_rt {

class TensorRtBackend : public Backend {
 public:
  TensorRtBackend(const Bundle &bundle, const BackendOptions &options, const Log &log);
  ~TensorRtBackend() override;
  const Capabilities &capabilities() const override { return capabilities_; }
  int side_by_side() override { return 1; }
  // For recipes that are merged on the host: one tile at a time.
  std::shared_ptr<Requests> requests(int network, TileShape shape) override;
  std::unique_ptr<DeviceInferer> on_device(const Recipe &recipe,
                                           const std::vector<double> &weights) override;
  std::vector<std::uint8_t> to_host(const Image &image) override;

 private:
  class TileRequests;

  Device device_;
  TensorRtEngines engines_;
  Capabilities capabilities_;
  std::mutex changing_;
  std::map<std::pair<int, int>, std::shared_ptr<TileRequests>> requests_;
};

}  // namespace forensics_rt
