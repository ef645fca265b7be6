// The graphs of a bundle as OpenVINO compiled them, in one number format. The twin of
// backends/openvino_graphs.py.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "backends/base.hpp"
#include "backends/openvino_cache.hpp"
#include "backends/openvino_handles.hpp"
#include "bundle/opening.hpp"

namespace forensics_rt {

// How the graphs of a bundle are to be compiled.
struct HowToCompile {
  std::string number_format;
  std::optional<int> threads;  // how many compute; none for the engine's choice
  std::optional<int> limit;    // most threads, where the engine does not know of a limit
};

// Compiles each network once per shape of tiles; of a network the shapes used last are kept. A
// graph for any shape would need less memory, but OpenVINO rounds otherwise in it. Thread-safe.
class OpenVinoGraphs {
 public:
  // `cache`: null for nowhere.
  OpenVinoGraphs(const ov_core_t *core, const Bundle &bundle, HowToCompile how,
                 std::unique_ptr<CompiledGraphCache> cache = nullptr);
  ~OpenVinoGraphs();
  std::shared_ptr<Requests> requests(int network, TileShape shape);
  // Drops all that is compiled; whoever computes with it has it still.
  void drop_all();

 private:
  struct Compiled {
    int network;
    TileShape shape;
    std::shared_ptr<Requests> requests;
  };
  bool reads_coefficients() const { return bundle_.manifest.coefficient_limit.has_value(); }
  const FileRecord &file_of(int network) const;
  void check_file(int network);
  const ov_model_t *read(int network);
  SharedCompiled compile_within_limit(int network, TileShape shape);
  SharedCompiled load_or_compile(int network, TileShape shape);
  SharedCompiled compile(int network, TileShape shape);
  Settings settings_for(TileShape shape) const;

  const ov_core_t *core_;
  const Bundle &bundle_;
  HowToCompile how_;
  std::mutex compiling_;
  std::set<int> checked_;          // whose file was found to be that of the manifest
  std::map<int, OvModel> models_;  // read once: what is compiled for two tile sizes shares weights
  std::list<Compiled> compiled_;   // the one used last comes first
  std::unique_ptr<CompiledGraphCache> cache_;
};

}  // namespace forensics_rt
