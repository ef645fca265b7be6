#include "bundle/manifest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <set>

#include "bundle/parse.hpp"
#include "bundle/sha256.hpp"
#include "errors.hpp"
#include "plan/tiling.hpp"

namespace forensics_rt {
namespace {

constexpr int kSchema = 1;
constexpr int kWithCoefficients = 2;  // where networks read the coefficients of JPEG, too
constexpr int kLargestTile = 8192;
// Architectures whose networks pool nothing over the tile, where the manifest does not say it.
constexpr const char *kPoolNothing[] = {"forensic_unet", "forensic_unet_dct"};

NetworkRecord network_of(Fields fields) {
  NetworkRecord network;
  network.name = fields.text("name");
  network.precision = fields.text("precision");
  if (network.precision != "fp32" && network.precision != "fp16")
    fields.refuse("precision", "fp32 or fp16");
  if (fields.names("weight")) network.weight = fields.number("weight", 1e-3, 1e3);
  network.graph = file_record_of(fields.object("graph"));
  if (fields.has("int8")) network.int8 = file_record_of(fields.object("int8"));
  for (Fields &golden : fields.objects("goldens")) {
    network.goldens.push_back({static_cast<int>(golden.whole("tile", 1, kLargestTile)),
                               file_record_of(golden.object("file"))});
    golden.refuse_others();
  }
  const std::string architecture = fields.text("architecture");
  network.takes_any_tile = !fields.boolean(
      "pools_over_tile",
      std::count(std::begin(kPoolNothing), std::end(kPoolNothing), architecture) == 0);
  fields.skip({"parameters", "int8", "origin"});
  fields.refuse_others();
  return network;
}

ParityRecord parity_of(Fields fields) {
  ParityRecord row;
  row.network = fields.text("member");
  row.engine = fields.text("engine");
  row.tile = static_cast<int>(fields.whole("tile", 1, kLargestTile));
  row.flipped_share = fields.number("flipped_share", 0, 1);
  row.max_difference = fields.number("max_difference", 0, 1e9);
  row.passed = fields.boolean("passed", true);
  fields.skip({"probes", "iou_loss"});
  fields.refuse_others();
  return row;
}

void check_said(Fields &fields, std::initializer_list<std::array<const char *, 2>> said) {
  for (const auto &[key, value] : said)
    if (fields.text(key, value) != value) fields.refuse(key, value);
}

int coefficient_limit_of(Fields fields) {
  check_said(fields, {{"dct_name", "dct"},
                      {"dct_dtype", "int32"},
                      {"dct_layout", "NHW"},
                      {"component", "luma"},
                      {"quantization_name", "quantization"},
                      {"quantization_dtype", "int32"}});
  const int limit = static_cast<int>(fields.whole("limit", 1, 32767));
  fields.refuse_others();
  return limit;
}

// Of the one contract that there is: what goes into every graph and what comes out.
int size_multiple_of(Fields &fields, std::optional<int> &coefficient_limit) {
  if (!fields.names("contract")) return 32;
  Fields contract = fields.object("contract");
  check_said(contract, {{"input_name", "image"},
                        {"input_dtype", "uint8"},
                        {"input_layout", "NHWC"},
                        {"color_order", "RGB"},
                        {"output_name", "probability"},
                        {"output_dtype", "float32"},
                        {"output_layout", "NHW"}});
  if (contract.has("coefficients"))
    coefficient_limit = coefficient_limit_of(contract.object("coefficients"));
  const int multiple = contract.names("size_multiple")
                           ? static_cast<int>(contract.whole("size_multiple", 1, kLargestTile))
                           : 32;
  contract.skip({"size_multiple", "batch", "coefficients"});
  contract.refuse_others();
  return multiple;
}

std::vector<int> tile_sizes_of(Fields &fields, int multiple) {
  std::vector<int> sizes;
  for (const int size : fields.wholes("tile_sizes", 1, kLargestTile)) {
    if (size % multiple != 0 || (!sizes.empty() && sizes.back() >= size))
      fields.refuse("tile_sizes", "rising multiples of " + std::to_string(multiple));
    sizes.push_back(size);
  }
  return sizes;
}

std::vector<FileRecord> files_of(Fields &fields, const std::vector<NetworkRecord> &networks,
                                 const std::vector<EngineRecord> &engines) {
  std::vector<FileRecord> files;
  if (fields.has("model_card")) files.push_back(file_record_of(fields.object("model_card")));
  for (const NetworkRecord &network : networks) {
    files.push_back(network.graph);
    if (network.int8) files.push_back(*network.int8);
    for (const GoldenRecord &golden : network.goldens) files.push_back(golden.file);
  }
  for (const EngineRecord &engine : engines) files.push_back(engine.file);
  return files;
}

std::vector<NetworkRecord> networks_of(Fields &fields, std::size_t &members) {
  std::vector<NetworkRecord> networks;
  for (Fields &member : fields.objects("members")) networks.push_back(network_of(member));
  if (networks.empty()) fields.refuse("members", "one network or more");
  members = networks.size();
  if (fields.has("cascade")) networks.push_back(network_of(fields.object("cascade")));
  std::set<std::string> names;
  for (const NetworkRecord &network : networks)
    if (!names.insert(network.name).second) fields.refuse("members", "names that differ");
  return networks;
}

Manifest manifest_of(Fields fields) {
  Manifest manifest;
  const std::int64_t schema = fields.whole("schema", kSchema, kWithCoefficients);
  manifest.name = fields.text("name");
  manifest.version = fields.text("version", "1");
  manifest.license = fields.text("license");
  manifest.networks = networks_of(fields, manifest.members);
  manifest.size_multiple =
      std::lcm(size_multiple_of(fields, manifest.coefficient_limit), kJpegBlock);
  if (schema != (manifest.coefficient_limit ? kWithCoefficients : kSchema))
    fields.refuse("schema", "2 where the contract has coefficients, and else 1");
  manifest.tile_sizes = tile_sizes_of(fields, manifest.size_multiple);
  fields.for_each("recipes", [&](const std::string &name, Fields one) {
    Recipe recipe = recipe_of(one);
    if (recipe.name != name) one.refuse("name", "the key of the recipe, '" + name + "'");
    manifest.recipes.emplace(name, std::move(recipe));
  });
  manifest.pixel_threshold = fields.object("thresholds").number("pixel", 1e-300, 1 - 1e-15);
  for (Fields &row : fields.objects("parity")) manifest.parity.push_back(parity_of(row));
  if (fields.has("calibration")) {
    manifest.calibration = calibration_of(fields.object("calibration"));
    if (manifest.calibration->networks != manifest.networks_id())
      fields.refuse("calibration", "one that was fitted with the networks of the bundle");
  }
  for (Fields &engine : fields.objects("engines"))
    manifest.engines.push_back(engine_record_of(engine));
  manifest.files = files_of(fields, manifest.networks, manifest.engines);
  if (fields.has("encryption"))
    throw Error(FRT_BUNDLE_UNTRUSTED,
                "the bundle is encrypted, and the C library cannot decrypt; give it the "
                "bundle that was encrypted, or use the Python package");
  fields.skip({"encryption", "model_card", "cascade", "contract", "calibration", "built_with",
               "created", "limits"});
  fields.refuse_others();
  return manifest;
}

}  // namespace

std::vector<int> Manifest::tile_sides() const {
  std::vector<int> sides;
  for (const NetworkRecord &network : networks)
    if (!network.takes_any_tile) return sides;
  for (const double share : {1.0, 4.0 / 3, 5.0 / 3, 13.0 / 6}) {  // 384, 512, 640, 832 for 384
    const int side = static_cast<int>(tile_sizes.front() * share) / size_multiple * size_multiple;
    if (side <= tile_sizes.back() && (sides.empty() || side > sides.back())) sides.push_back(side);
  }
  return sides;
}

std::string Manifest::networks_id() const {
  std::string parts;
  for (std::size_t i = 0; i < members; ++i) {
    std::array<char, 64> weight{};  // as Python writes a float
    const auto end =
        std::to_chars(weight.begin(), weight.end(), networks[i].weight, std::chars_format::fixed);
    std::string text(weight.begin(), end.ptr);
    if (text.find('.') == std::string::npos) text += ".0";
    parts += networks[i].graph.sha256 + " " + text + "\n";
  }
  return sha256(parts).substr(0, 16);
}

Manifest parse_manifest(const std::string &json, const std::string &place) {
  const auto refuse = [&](const std::string &reason) {
    throw Error(FRT_MANIFEST_INVALID, place + ": not a manifest of schema " +
                                          std::to_string(kSchema) + " or " +
                                          std::to_string(kWithCoefficients) + ": " + reason +
                                          "; copy the bundle again, or build it again");
  };
  try {
    return manifest_of(Fields(parse_json(json), ""));
  } catch (const Json::exception &error) {
    refuse(error.what());
  } catch (const SchemaProblem &problem) {
    refuse(problem.what());
  } catch (const Error &error) {
    if (error.status() == FRT_BUNDLE_UNTRUSTED)
      throw Error(FRT_BUNDLE_UNTRUSTED, place + ": " + error.what());
    refuse(error.what());
  }
  return {};
}

}  // namespace forensics_rt
