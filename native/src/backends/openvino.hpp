// OpenVINO: the engine of the CPU, in the number format that is fastest here and allowed. The twin
// of backends/openvino.py.
#pragma once

#include <memory>
#include <mutex>

#include "backends/openvino_graphs.hpp"
#include "backends/registry.hpp"

namespace forensics_rt {

class OpenVinoBackend : public Backend {
 public:
  OpenVinoBackend(const Bundle &bundle, const BackendOptions &options, const Log &log);
  const Capabilities &capabilities() const override { return capabilities_; }
  int side_by_side() override;
  std::shared_ptr<Requests> requests(int network, TileShape shape) override {
    return graphs_->requests(network, shape);
  }

 private:
  const Bundle &bundle_;
  BackendOptions options_;
  Log log_;
  OvCore core_;
  std::once_flag measured_;
  int side_by_side_ = 1;
  Capabilities capabilities_;
  std::unique_ptr<OpenVinoGraphs> graphs_;  // ends before the core does
};

}  // namespace forensics_rt
