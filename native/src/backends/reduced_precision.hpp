// May these networks run in less than float32 here? The twin of backends/reduced_precision.py.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "bundle/opening.hpp"

namespace forensics_rt {

// Why a bundle may not run in a format, such as `openvino bf16`; empty where it may. The export's
// gate answers; what it has not judged, a verdict that Python left in the cache folder does.
std::string refusal_of(const Bundle &bundle, const std::string &engine,
                       const std::optional<std::filesystem::path> &keep_in,
                       const std::string &versions);

}  // namespace forensics_rt
