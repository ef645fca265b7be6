// Answers questions about the insides of the library, one line of JSON each, so that tests can hold
// them against their twins in Python:
//   {"plan": {recipe}, "height": h, "width": w, "squares": [sides], "fitting": [sides]}
//                                                      the tiles: [[top, left, height, width], ...]
//   {"regions": [[p, ...], ...], "threshold": t, "high_threshold": t or null, "high_area": n}
//   {"window": name, "height": h, "width": w}
//   {"engine": {record}, "machine": {...}, "bundle": folder}  in what they disagree, and what mends
//   it
//   {"kept": folder, "name": n, "subject": s}          what is kept there, or null
//   {"kept": folder, "name": n, "subject": s, "keep": text, "most": bytes}
#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "bundle/engines.hpp"
#include "bundle/parse.hpp"
#include "errors.hpp"
#include "plan/tiling.hpp"
#include "plan/window.hpp"
#include "results/regions.hpp"
#include "system/kept_files.hpp"

namespace forensics_rt {
namespace {

Json plan_of(const Json &asked) {
  const Plan plan = plan_for(
      recipe_of(Fields(asked.at("plan"), "plan")), asked.at("height").get<int>(),
      asked.at("width").get<int>(),
      {asked.at("squares").get<std::vector<int>>(), asked.at("fitting").get<std::vector<int>>()});
  Json tiles = Json::array();
  for (const Tile &tile : plan.tiles)
    tiles.push_back({tile.top, tile.left, tile.height, tile.width});
  return tiles;
}

Json regions_of(const Json &asked) {
  Maps maps;
  maps.height = static_cast<int>(asked.at("regions").size());
  for (const Json &row : asked.at("regions"))
    for (const Json &value : row) maps.probability.push_back(value.get<float>());
  maps.width = static_cast<int>(maps.probability.size()) / maps.height;
  Decision decision{asked.at("threshold").get<double>(), std::nullopt,
                    asked.at("high_area").get<int>()};
  if (!asked.at("high_threshold").is_null())
    decision.high_threshold = asked.at("high_threshold").get<double>();
  const Findings found = find_regions(maps, decision);
  Json regions = Json::array();
  for (const Region &one : found.regions) {
    Json polygon = Json::array();
    for (const frt_point point : one.polygon) polygon.push_back({point.x, point.y});
    regions.push_back(
        {polygon, {one.left, one.top, one.width, one.height}, one.area, one.mean_probability});
  }
  return {{"mask", found.mask}, {"regions", regions}, {"raw_score", image_score(maps)}};
}

Json kept(const Json &asked) {
  const auto name = asked.at("name").get<std::string>();
  const auto subject = asked.at("subject").get<std::string>();
  const KeptFiles files(asked.at("kept").get<std::string>(), asked.value("most", 1'000'000));
  if (asked.contains("keep")) {
    const auto part = files.new_part();
    std::ofstream(part, std::ios::binary) << asked.at("keep").get<std::string>();
    files.keep(part, name, subject);
  }
  const auto found = files.read(name, subject);
  return found ? Json(*found) : Json(nullptr);
}

Json engine(const Json &asked) {
  const EngineRecord record = engine_record_of(Fields(asked.at("engine"), "engine"));
  const Json &given = asked.at("machine");
  const auto text = [&](const char *key) -> std::optional<std::string> {
    if (given.at(key).is_null()) return std::nullopt;
    return given.at(key).get<std::string>();
  };
  const GpuPlatform machine{text("gpu"), text("compute_capability"), text("driver"), text("cuda"),
                            given.at("tensorrt").get<std::map<std::string, std::string>>()};
  return {{"mismatches", mismatches(record, machine)},
          {"rebuild", rebuild_command(record, asked.at("bundle").get<std::string>())}};
}

Json answer_to(const Json &asked) {
  if (asked.contains("engine")) return engine(asked);
  if (asked.contains("kept")) return kept(asked);
  if (asked.contains("plan")) return plan_of(asked);
  if (asked.contains("regions")) return regions_of(asked);
  return window(window_named(asked.at("window").get<std::string>()).value(),
                asked.at("height").get<int>(), asked.at("width").get<int>());
}

}  // namespace
}  // namespace forensics_rt

int main() {
  using forensics_rt::Json;
  for (std::string line; std::getline(std::cin, line);) {
    Json answer;
    try {
      answer = {{"answer", forensics_rt::answer_to(Json::parse(line))}};
    } catch (const std::exception &error) {
      answer = {{"error", error.what()}};
    }
    std::cout << answer.dump() << std::endl;
  }
}
