#include "backends/openvino.hpp"

#include <map>
#include <random>
#include <vector>

#include "backends/format_timing.hpp"
#include "backends/number_formats.hpp"
#include "backends/reduced_precision.hpp"
#include "system/cpu.hpp"

namespace forensics_rt {
namespace {

constexpr int kSideBySide = 2;
constexpr double kLeastGainOfTwo = 1.05;  // two tiles side by side take more memory

// No network is faster on some pixels than on others, but for pixels that are all zero.
void fill_with_noise(Rgb *tile, std::size_t count) {
  std::minstd_rand random;
  std::uint8_t *bytes = &tile->r;
  for (std::size_t i = 0; i < count * sizeof(Rgb); ++i)
    bytes[i] = static_cast<std::uint8_t>(random() >> 16);
}

// Some tiles of one network: `alone` one after the other, or else at the same time.
void run_tiles(OpenVinoGraphs &graphs, int side, int count, bool alone) {
  const std::shared_ptr<Requests> requests =
      graphs.requests(0, {side, side, alone ? 1 : kSideBySide});
  std::vector<std::unique_ptr<Request>> running;
  for (int i = 0; i < count; ++i) {
    running.push_back(requests->take());
    fill_with_noise(running.back()->input(),
                    static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
    const CoefficientInputs beside = running.back()->coefficients();
    if (beside.dct != nullptr) blank_coefficients(side, side, beside);
    running.back()->start();
    if (alone) running.back()->answer();
  }
  for (std::unique_ptr<Request> &request : running) {
    if (!alone) request->answer();
    requests->give_back(std::move(request));
  }
}

// Decides about one bundle.
class Trial {
 public:
  Trial(const ov_core_t *core, const Bundle &bundle, const BackendOptions &options, const Log &log)
      : core_(core),
        bundle_(bundle),
        options_(options),
        log_(log),
        versions_(openvino_version() + " " + core_property(core, "FULL_DEVICE_NAME")) {}

  // The fastest format that may run.
  FormatChoice choose();
  // Refuses a format that was asked for and cannot be had (FRT_BACKEND_UNAVAILABLE).
  void insist(const std::string &format) const;
  // How many tiles to run side by side.
  int side_by_side(const std::string &format) const;

 private:
  std::string reason_against(const std::string &format) const;
  std::string refusal(const std::string &format) const {
    return refusal_of(bundle_, "openvino " + format, cache_folder("openvino"), versions_);
  }
  Ratios measure(const std::vector<std::string> &candidates);
  HowToCompile in(const std::string &format) const {
    return {format, options_.threads, options_.threads ? std::nullopt : core_limit()};
  }
  int threads() const { return options_.threads.value_or(usable_cores()); }

  const ov_core_t *core_;
  const Bundle &bundle_;
  const BackendOptions &options_;
  const Log &log_;
  std::string versions_;
};

// Asked for another format the engine takes a different one, and does not say so.
std::string Trial::reason_against(const std::string &format) const {
  if (bundle_.manifest.coefficient_limit)
    return "networks that read the coefficients of JPEG run in float32 alone";
  if (format != kInt8) {
    const std::string able = core_property(core_, "OPTIMIZATION_CAPABILITIES");
    const char *word = format == kBf16 ? "BF16" : "FP16";
    return able.find(word) == std::string::npos ? "this processor does not compute in it" : "";
  }
  for (const NetworkRecord &network : bundle_.manifest.networks)
    if (!network.int8) return "the bundle has no int8 graphs";
  if (!multiplies_int8())
    return "this processor's sums of 8-bit products can overflow (it has no VNNI)";
  return "";
}

void Trial::insist(const std::string &format) const {
  std::string reason = reason_against(format);
  if (reason.empty()) reason = refusal(format);
  if (!reason.empty())
    throw Error(FRT_BACKEND_UNAVAILABLE, "precision '" + format + "' cannot be had: " + reason +
                                             "; leave it out, or ask for float32");
}

Ratios Trial::measure(const std::vector<std::string> &candidates) {
  OvCore core;  // ends with what is compiled on trial, and its threads
  std::map<std::string, std::unique_ptr<OpenVinoGraphs>> graphs;
  std::map<std::string, RunTile> formats;
  const auto add = [&](const std::string &name) {
    formats[name] = [&, name](int side) {
      if (!core) core = make_core();
      // A tile on its share of the threads: of all threads the time of waiting would count, too.
      auto &one = graphs[name];
      if (!one) one = std::make_unique<OpenVinoGraphs>(core.get(), bundle_, in(name));
      run_tiles(*one, side, 1, false);
    };
  };
  add(kFloat32);
  for (const std::string &name : candidates) add(name);
  // Of the processor, not of the wall: whatever else runs on a busy machine does not count.
  return measured_ratios(bundle_, formats, kFloat32,
                         versions_ + " " + std::to_string(threads()) + " threads, shared",
                         processor_seconds, cache_folder("openvino"), log_);
}

int Trial::side_by_side(const std::string &format) const {
  if (threads() == 1) return 1;
  OvCore core;
  std::unique_ptr<OpenVinoGraphs> graphs;
  const auto run = [&](int side, bool alone) {
    if (!core) core = make_core();
    if (!graphs) graphs = std::make_unique<OpenVinoGraphs>(core.get(), bundle_, in(format));
    run_tiles(*graphs, side, kSideBySide, alone);
  };
  const Ratios ratios = measured_ratios(
      bundle_,
      {{"one", [&](int side) { run(side, true); }}, {"two", [&](int side) { run(side, false); }}},
      "one", versions_ + " " + std::to_string(threads()) + " threads " + format,
      wall_seconds,  // two threads that wait for each other cost no processor time
      cache_folder("openvino"), log_);
  return ratios.at("two") >= kLeastGainOfTwo ? kSideBySide : 1;
}

FormatChoice Trial::choose() {
  FormatChoice choice;
  std::vector<std::string> candidates;
  for (const std::string format : {kBf16, kFloat16, kInt8}) {
    const std::string reason = reason_against(format);
    if (reason.empty())
      candidates.push_back(format);
    else if (format == kInt8)
      choice.refused.emplace_back(format, reason);
  }
  if (candidates.empty()) return choice;
  choice.ratios = measure(candidates);
  choice.ratios.erase(kFloat32);
  for (const std::string &name : by_gain(choice.ratios)) {
    if (choice.taken != kFloat32) {
      choice.refused.emplace_back(name, choice.taken + " is preferred");
      continue;
    }
    const std::string reason = refusal(name);
    if (reason.empty()) {
      choice.taken = name;
      continue;
    }
    log_.warn(reason + ", so " + bundle_.manifest.name + " runs more slowly");
    choice.refused.emplace_back(name, "it changes too many decisions");
  }
  return choice;
}

}  // namespace

OpenVinoBackend::OpenVinoBackend(const Bundle &bundle, const BackendOptions &options,
                                 const Log &log)
    : bundle_(bundle),
      options_(options),
      log_(log),
      core_(make_core()),
      capabilities_{"openvino", openvino_version(), "cpu", kFloat32, "", true} {
  const auto trial = [&] { return Trial(core_.get(), bundle, options, log); };
  if (options.precision == "auto") {
    const FormatChoice choice = trial().choose();
    capabilities_.precision = choice.taken;
    capabilities_.precision_reason = choice.describe();
  } else if (options.precision != "float32") {
    trial().insist(options.precision);
    capabilities_.precision = options.precision;
  }
  graphs_ =
      std::make_unique<OpenVinoGraphs>(core_.get(), bundle,
                                       HowToCompile{capabilities_.precision, options.threads,
                                                    options.threads ? std::nullopt : core_limit()},
                                       std::make_unique<CompiledGraphCache>(core_.get(), log));
}

int OpenVinoBackend::side_by_side() {
  std::call_once(measured_, [this] {
    side_by_side_ =
        Trial(core_.get(), bundle_, options_, log_).side_by_side(capabilities_.precision);
    // What was compiled until now had a tile alone; with what follows it would double the memory.
    if (side_by_side_ > 1) graphs_->drop_all();
  });
  return side_by_side_;
}

}  // namespace forensics_rt
