#include "backends/registry.hpp"

#include "backends/onnxruntime.hpp"
#ifdef FRT_OPENVINO
#include "backends/openvino.hpp"
#endif
#include "errors.hpp"

namespace forensics_rt {
namespace {

using Open = std::unique_ptr<Backend> (*)(const Bundle &, const BackendOptions &, const Log &);

template <typename Kind>
std::unique_ptr<Backend> open_as(const Bundle &bundle, const BackendOptions &options,
                                 const Log &log) {
  return std::make_unique<Kind>(bundle, options, log);
}

struct Adapter {
  const char *name;
  Open open;
};

// In the order in which `auto` tries them.
constexpr Adapter kAdapters[] = {
#ifdef FRT_OPENVINO
    {"openvino", open_as<OpenVinoBackend>},
#endif
    {"onnxruntime", open_as<OnnxRuntimeBackend>},
};

}  // namespace

std::unique_ptr<Backend> open_backend(const Bundle &bundle, const BackendOptions &options,
                                      const Log &log) {
  std::string built_in;
  for (const Adapter &adapter : kAdapters)
    built_in += std::string(built_in.empty() ? "" : ", ") + adapter.name;
  if (options.device != "cpu")
    throw Error(FRT_BACKEND_UNAVAILABLE, "device must be 'cpu' in this build, but is '" +
                                             options.device + "'; leave it out");
  const std::string known[] = {"auto", "float32", "bf16", "int8"};
  bool is_known = false;
  for (const std::string &name : known) is_known = is_known || name == options.precision;
  if (!is_known)
    throw Error(
        FRT_BACKEND_UNAVAILABLE,
        "precision must be one of auto, float32, bf16, int8, but is '" + options.precision + "'");
  for (const Adapter &adapter : kAdapters)
    if (options.backend == adapter.name || options.backend == "auto")
      return adapter.open(bundle, options, log);
  throw Error(FRT_BACKEND_UNAVAILABLE, "backend must be auto, or one of those built in (" +
                                           built_in + "), but is '" + options.backend + "'");
}

}  // namespace forensics_rt
