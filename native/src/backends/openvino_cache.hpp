// Graphs that OpenVINO compiled on this machine, kept on disk for later starts. The twin of
// backends/openvino_cache.py, whose files it shares.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backends/openvino_handles.hpp"
#include "bundle/manifest.hpp"
#include "log.hpp"
#include "system/kept_files.hpp"

namespace forensics_rt {

using Settings = std::map<std::string, std::string>;  // of the engine, by name
using SharedCompiled = std::shared_ptr<ov_compiled_model_t>;

// Which graph is meant is told by its SHA-256, so whoever asks must have checked that the bundle's
// file is that graph. Not thread-safe.
class CompiledGraphCache {
 public:
  CompiledGraphCache(const ov_core_t *core, const Log &log);
  CompiledGraphCache(const CompiledGraphCache &) = delete;
  CompiledGraphCache &operator=(const CompiledGraphCache &) = delete;
  ~CompiledGraphCache();  // waits until all is written

  // Whether a graph was ever kept, for tiles of any size.
  bool has(const FileRecord &graph) const;
  // A compiled graph, if it was kept and is what it was then; else null. The core has the settings.
  SharedCompiled load(const FileRecord &graph, int height, int width,
                      const Settings &settings) const;
  // A thread keeps it, while the first tiles are computed.
  void keep(const FileRecord &graph, int height, int width, const Settings &settings,
            SharedCompiled compiled);

 private:
  std::string subject(const FileRecord &graph, int height, int width,
                      const Settings &settings) const;
  const ov_core_t *core_;
  Log log_;
  KeptFiles files_;
  std::string here_;  // what a compiled graph depends on beside the graph and its settings
  std::vector<std::thread> writing_;
  std::mutex failing_;
  std::string failure_;  // why something could not be kept
};

}  // namespace forensics_rt
