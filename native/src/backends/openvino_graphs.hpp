// The graphs of a bundle as OpenVINO compiled them, in one number format. The twin of
// backends/openvino_graphs.py.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "backends/openvino_handles.hpp"
#include "backends/pool.hpp"
#include "bundle/opening.hpp"

namespace forensics_rt {

// Compiles each network once per shape of tiles. Thread-safe.
class OpenVinoGraphs {
 public:
  // `threads`: how many compute; none for the engine's choice, within `limit`.
  OpenVinoGraphs(const ov_core_t *core, const Bundle &bundle, std::string number_format,
                 std::optional<int> threads, std::optional<int> limit);
  ~OpenVinoGraphs();
  Requests &requests(int network, TileShape shape);

 private:
  class Compiled;
  const ov_model_t *read(int network);
  OvCompiled compile(int network, TileShape shape);
  OvCompiled compile(const ov_model_t *model, bool alone) const;

  const ov_core_t *core_;
  const Bundle &bundle_;
  std::string number_format_;
  std::optional<int> threads_, limit_;
  std::mutex compiling_;
  std::map<int, OvModel> models_;  // read once: what is compiled for two tile sizes shares weights
  std::map<std::tuple<int, int, int, bool>, std::unique_ptr<Compiled>> compiled_;
};

}  // namespace forensics_rt
