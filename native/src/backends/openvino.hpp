// OpenVINO: the engine of the CPU, in the number format that is fastest here and allowed. The twin
// of backends/openvino.py.
#pragma once

#include <memory>

#include "backends/openvino_graphs.hpp"
#include "backends/registry.hpp"

namespace forensics_rt {

class OpenVinoBackend : public Backend {
 public:
  OpenVinoBackend(const Bundle &bundle, const BackendOptions &options, const Log &log);
  const Capabilities &capabilities() const override { return capabilities_; }
  std::shared_ptr<Requests> requests(int network, TileShape shape) override {
    return graphs_->requests(network, shape);
  }

 private:
  OvCore core_;
  Capabilities capabilities_;
  std::unique_ptr<OpenVinoGraphs> graphs_;  // ends before the core does
};

}  // namespace forensics_rt
