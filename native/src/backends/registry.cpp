#include "backends/registry.hpp"

#include <vector>

#include "backends/adapter.hpp"
#include "backends/device_word.hpp"
#include "backends/onnxruntime.hpp"
#ifdef FRT_OPENVINO
#include "backends/openvino.hpp"
#endif
#include "errors.hpp"

namespace forensics_rt {
namespace {

// In the order in which `auto` tries them on a kind of device.
std::vector<Adapter> built_in() {
  std::vector<Adapter> adapters = {
#ifdef FRT_OPENVINO
      {"openvino", "cpu", open_as<OpenVinoBackend>},
#endif
      {"onnxruntime", "cpu", open_as<OnnxRuntimeBackend>},
  };
  if (const Adapter *tensorrt = tensorrt_adapter()) adapters.push_back(*tensorrt);
  return adapters;
}

void check_precision(const std::string &precision) {
  for (const char *known : {"auto", "float32", "bf16", "int8"})
    if (precision == known) return;
  throw Error(FRT_BACKEND_UNAVAILABLE,
              "precision must be one of auto, float32, bf16, int8, but is '" + precision + "'");
}

}  // namespace

std::unique_ptr<Backend> open_backend(const Bundle &bundle, const BackendOptions &options,
                                      const Log &log) {
  check_precision(options.precision);
  // A backend that was named has its own kind of device; else it is the processor.
  std::string kind = options.backend == "auto" ? "cpu" : "";
  if (!options.device.empty()) kind = place_of(options.device).kind;
  std::string names;
  for (const Adapter &adapter : built_in()) {
    const bool named = options.backend == adapter.name;
    if ((named || options.backend == "auto") && (kind.empty() || kind == adapter.kind)) {
      BackendOptions asked = options;
      if (asked.device.empty()) asked.device = adapter.kind;
      if (bundle.manifest.coefficient_limit && std::string(adapter.kind) != "cpu")
        throw Error(FRT_BACKEND_UNAVAILABLE,
                    std::string("backend '") + adapter.name +
                        "' runs no networks that read the coefficients of JPEG, as those of bundle "
                        "'" +
                        bundle.manifest.name + "' do; leave backend and device out");
      return adapter.open(bundle, asked, log);
    }
    if (named)
      throw Error(FRT_BACKEND_UNAVAILABLE, "backend '" + options.backend + "' runs on device '" +
                                               adapter.kind + "', but device is '" +
                                               options.device + "'; leave it out");
    names += std::string(names.empty() ? "" : ", ") + adapter.name;
  }
  if (options.backend == "auto")
    throw Error(FRT_BACKEND_UNAVAILABLE, "device must be 'cpu' in this build, but is '" +
                                             options.device +
                                             "'; leave it out, or build with TensorRT");
  throw Error(FRT_BACKEND_UNAVAILABLE, "backend must be auto, or one of those built in (" + names +
                                           "), but is '" + options.backend + "'");
}

}  // namespace forensics_rt
