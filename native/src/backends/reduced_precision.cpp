#include "backends/reduced_precision.hpp"

#include <set>
#include <system_error>

#include "backends/number_formats.hpp"
#include "bundle/sha256.hpp"

namespace forensics_rt {
namespace {

std::string kept_verdict(const std::filesystem::path &file) {
  // Whoever else may write there can have the maps rounded, and no more than that.
  try {
    return read_file(file);
  } catch (const std::system_error &) {
    return "";
  }
}

}  // namespace

std::string refusal_of(const Bundle &bundle, const std::string &engine,
                       const std::optional<std::filesystem::path> &keep_in,
                       const std::string &versions) {
  std::set<std::string> judged;
  for (const ParityRecord &row : bundle.manifest.parity) {
    if (row.engine != engine) continue;
    if (!row.passed)
      return engine + " did not answer as PyTorch did when the bundle was built (" + row.network +
             " at tile " + std::to_string(row.tile) + ")";
    judged.insert(row.network);
  }
  bool all = true;
  for (const NetworkRecord &network : bundle.manifest.networks)
    all = all && judged.count(network.name) == 1;
  // Goldens do not show whether numbers leave the range of float16; a verdict of Python's does.
  const bool half = engine == std::string("openvino ") + kFloat16;
  if (all && !half) return "";
  const std::string what = bundle.id + " " + engine + " " + versions + (half ? " range" : "");
  const std::string key = sha256(what).substr(0, 16);
  const std::string verdict = keep_in ? kept_verdict(*keep_in / (key + ".verdict")) : "";
  if (verdict == "passed") return "";
  if (verdict == "failed") return engine + " did not answer as PyTorch did when it was last asked";
  return engine +
         " was never compared with PyTorch for all networks of the bundle; build the "
         "bundle again on such a processor, or start the Python package with it once";
}

}  // namespace forensics_rt
