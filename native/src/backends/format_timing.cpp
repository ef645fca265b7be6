#include "backends/format_timing.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>

#include "bundle/sha256.hpp"
#include "system/cpu.hpp"
#include "system/files.hpp"

namespace forensics_rt {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// Seconds of the processor that all timed runs may take; a slower network gets a smaller tile.
constexpr double kBudget = 1.2;
constexpr int kRuns = 3;
constexpr int kSmallest = 128;
constexpr int kWanted = 512;

double seconds_of(const RunTile &run, int side, Clock clock) {
  const double start = clock();
  run(side);
  return std::max(clock() - start, 1e-9);
}

int largest_side(const Bundle &bundle) {
  const std::vector<int> &sizes = bundle.manifest.tile_sizes;
  const auto found = std::find_if(sizes.begin(), sizes.end(), [](int s) { return s >= kWanted; });
  return found == sizes.end() ? sizes.back() : *found;
}

struct Measured {
  Ratios ratios;
  int side;
  double seconds;  // of the probe
};

Measured measure(const Bundle &bundle, const std::map<std::string, RunTile> &formats,
                 const std::string &first, Clock clock) {
  const int largest = largest_side(bundle);
  int side = std::min(kSmallest, largest);
  formats.at(first)(side);
  double seconds = seconds_of(formats.at(first), side, clock);
  const double most = kBudget / (static_cast<double>(formats.size()) * (kRuns + 1));
  for (; side * 2 <= largest && seconds * 4 <= most; seconds *= 4) side *= 2;
  for (const auto &format : formats) format.second(side);  // memory is taken, caches are filled
  Ratios best;
  for (int run = 0; run < kRuns; ++run)
    for (const auto &[name, format] : formats) {
      const double spent = seconds_of(format, side, clock);
      const auto kept = best.emplace(name, spent).first;
      kept->second = std::min(kept->second, spent);
    }
  Measured measured{{}, side, seconds};
  for (const auto &[name, spent] : best) measured.ratios[name] = best.at(first) / spent;
  return measured;
}

std::optional<Ratios> read(const fs::path &file, const std::map<std::string, RunTile> &formats) {
  // Whoever else may write there can choose among formats that the gate allows, and no more.
  try {
    Ratios ratios;
    const Json kept = Json::parse(read_file(file));
    for (const auto &[name, ratio] : kept.at("ratios").items()) ratios[name] = ratio.get<double>();
    const bool same = ratios.size() == formats.size() &&
                      std::all_of(formats.begin(), formats.end(), [&](const auto &format) {
                        return ratios.count(format.first) == 1 && ratios.at(format.first) > 0;
                      });
    return same ? std::optional<Ratios>(ratios) : std::nullopt;
  } catch (const std::exception &) {
    return std::nullopt;
  }
}

}  // namespace

Ratios measured_ratios(const Bundle &bundle, const std::map<std::string, RunTile> &formats,
                       const std::string &first, const std::string &versions, Clock clock,
                       const std::optional<fs::path> &keep_in, const Log &log) {
  // What was measured stands for the process, whatever becomes of the file.
  static std::mutex measuring;
  static std::map<std::string, Ratios> known;
  std::string names;
  for (const auto &format : formats) names += format.first + " ";
  const std::string key = sha256(bundle.id + " " + names + versions).substr(0, 16);
  const std::lock_guard<std::mutex> guard(measuring);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  const fs::path file = keep_in ? *keep_in / (key + ".speed.json") : fs::path();
  if (keep_in)
    if (const auto ratios = read(file, formats)) return known[key] = *ratios;
  const Measured measured = measure(bundle, formats, first, clock);
  if (keep_in) {
    const Json kept = {
        {"ratios", measured.ratios}, {"tile", measured.side}, {"seconds", measured.seconds}};
    if (const std::string why = write_atomically(file, kept.dump()); !why.empty())
      log.warn(file.string() + ": cannot be written: " + why +
               ". Every start measures the number formats again; name a folder in "
               "FORENSICS_RT_CACHE");
  }
  return known[key] = measured.ratios;
}

}  // namespace forensics_rt
