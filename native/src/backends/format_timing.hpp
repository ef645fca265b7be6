// How fast each way to compute is on this machine, such as a number format: measured once, and
// kept. The twin of backends/format_timing.py, whose files it shares.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "backends/number_formats.hpp"
#include "bundle/opening.hpp"
#include "log.hpp"

namespace forensics_rt {

// Runs the first network on a tile of that side.
using RunTile = std::function<void(int side)>;

using Clock = double (*)();  // tells seconds

// How many times as fast as `first` each way is. `versions`: what the figures depend on beside the
// bundle: engine, processor, threads.
Ratios measured_ratios(const Bundle &bundle, const std::map<std::string, RunTile> &ways,
                       const std::string &first, const std::string &versions, Clock clock,
                       const std::optional<std::filesystem::path> &keep_in, const Log &log);

}  // namespace forensics_rt
