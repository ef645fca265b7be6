#include "bundle/engines.hpp"

#include <algorithm>
#include <cstddef>

#include "bundle/fields.hpp"
#include "errors.hpp"

namespace forensics_rt {
namespace {

constexpr int kMost = 1 << 20;

using Numbers = std::vector<int>;

// The leading numbers of a version, so that versions can be ordered.
Numbers version_numbers(const std::string &version) {
  Numbers numbers;
  std::size_t at = 0;
  while (at < version.size() && version[at] >= '0' && version[at] <= '9') {
    int number = 0;
    for (; at < version.size() && version[at] >= '0' && version[at] <= '9'; ++at)
      number = std::min(kMost, number * 10 + (version[at] - '0'));
    numbers.push_back(number);
    if (at + 1 < version.size() && version[at] == '.') ++at;
  }
  return numbers;
}

Numbers major_of(const Numbers &version) {
  return Numbers(version.begin(), version.begin() + (version.empty() ? 0 : 1));
}

std::string joined(const std::vector<std::string> &words, const char *between) {
  std::string text;
  for (const std::string &word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

// As a shell reads it as one word. The twin of shlex.quote.
std::string quoted(const std::string &word) {
  constexpr const char *kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char one : word) text += one == '\'' ? std::string("'\"'\"'") : std::string(1, one);
  return text + "'";
}

void compare_tensorrt(const EngineRecord &record, const GpuPlatform &machine,
                      std::vector<std::string> &lines) {
  const std::string built_with =
      "TensorRT: the engine was built with " + record.kind + " " + record.tensorrt + ", here ";
  const auto here = machine.tensorrt.find(record.kind);
  if (here == machine.tensorrt.end()) {
    lines.push_back(built_with + "it is not installed");
    return;
  }
  const Numbers built = version_numbers(record.tensorrt), found = version_numbers(here->second);
  const bool later =
      record.version_compatible && major_of(found) == major_of(built) && found > built;
  if (found != built && !later) lines.push_back(built_with + "is " + here->second);
}

void compare_gpu(const EngineRecord &record, const GpuPlatform &machine,
                 std::vector<std::string> &lines) {
  const std::string meant = joined(record.compute_capabilities, ", ");
  if (!machine.gpu || !machine.compute_capability) {
    lines.push_back("GPU: the engine is for compute capability " + meant +
                    ", this machine has no GPU");
    return;
  }
  const std::string &capability = *machine.compute_capability;
  const std::string has = ", this machine has " + *machine.gpu + " (" + capability + ")";
  if (record.kind == "tensorrt-rtx") {
    const auto &all = record.compute_capabilities;
    if (std::find(all.begin(), all.end(), capability) == all.end())
      lines.push_back("compute capability: the engine is for " + meant + has);
  } else if (record.hardware_compatible) {
    if (version_numbers(capability) < Numbers{8, 0})
      lines.push_back("compute capability: the engine is for 8.0 and later" + has);
  } else if (machine.gpu != record.gpu) {
    lines.push_back("GPU: the engine was built on " + record.gpu.value_or("None") + " (" + meant +
                    ")" + has);
  }
}

// Within one major version of CUDA, drivers run what newer toolkits built.
void compare_driver(const std::string &name, const std::optional<std::string> &built,
                    const std::optional<std::string> &here, bool major_alone,
                    std::vector<std::string> &lines) {
  if (!built) return;
  const std::string built_with = name + ": the engine was built with " + *built;
  if (!here) {
    lines.push_back(built_with + ", here it is unknown");
    return;
  }
  const Numbers found = version_numbers(*here), least = version_numbers(*built);
  if (major_alone ? major_of(found) < major_of(least) : found < least)
    lines.push_back(built_with + ", this machine has only " + *here);
}

}  // namespace

EngineRecord engine_record_of(Fields fields) {
  const auto text_or_none = [&](const char *key) -> std::optional<std::string> {
    fields.skip({key});
    if (!fields.has(key)) return std::nullopt;
    return fields.text(key);
  };
  const auto whole_or_none = [&](const char *key) -> std::optional<int> {
    fields.skip({key});
    if (!fields.has(key)) return std::nullopt;
    return static_cast<int>(fields.whole(key, 0, kMost));
  };
  EngineRecord record;
  record.kind = fields.text("kind");
  if (record.kind != "tensorrt" && record.kind != "tensorrt-rtx")
    fields.refuse("kind", "tensorrt or tensorrt-rtx");
  record.member = fields.text("member");
  record.tile = static_cast<int>(fields.whole("tile", 1, kMost));
  Fields batch = fields.object("batch");
  const auto size = [&](const char *key, int otherwise) {
    return batch.names(key) ? static_cast<int>(batch.whole(key, 1, kMost)) : otherwise;
  };
  record.batch = {size("min", 1), size("opt", 4), size("max", 16)};
  if (record.batch.min > record.batch.opt || record.batch.opt > record.batch.max)
    fields.refuse("batch", "sizes that grow from min to opt to max");
  batch.refuse_others();
  record.precision = fields.text("precision");
  record.file = file_record_of(fields.object("file"));
  record.graph_sha256 = fields.text("graph_sha256");
  if (fields.names("keep_fp32")) record.keep_fp32 = fields.texts("keep_fp32");
  record.calibrated = fields.has("calibration_sha256");
  record.gpu = text_or_none("gpu");
  record.compute_capabilities = fields.texts("compute_capabilities");
  record.driver = text_or_none("driver");
  record.cuda = text_or_none("cuda");
  record.tensorrt = fields.text("tensorrt");
  record.hardware_compatible = fields.boolean("hardware_compatible", false);
  record.version_compatible = fields.boolean("version_compatible", false);
  record.workspace_mib = whole_or_none("workspace_mib");
  record.optimization_level = whole_or_none("optimization_level");
  fields.skip({"calibration_sha256", "layer_types", "weight_bytes", "read_from"});
  fields.refuse_others();
  return record;
}

std::vector<std::string> mismatches(const EngineRecord &record, const GpuPlatform &machine) {
  std::vector<std::string> lines;
  compare_tensorrt(record, machine, lines);
  compare_gpu(record, machine, lines);
  if (machine.gpu) {
    compare_driver("driver", record.driver, machine.driver, false, lines);
    compare_driver("CUDA", record.cuda, machine.cuda, true, lines);
  }
  return lines;
}

void check_engine(const EngineRecord &record, const GpuPlatform &machine,
                  const std::filesystem::path &bundle) {
  const std::vector<std::string> lines = mismatches(record, machine);
  if (lines.empty()) return;
  throw Error(FRT_BACKEND_UNAVAILABLE,
              record.file.path + " does not fit this machine:\n  " + joined(lines, "\n  ") +
                  "\nBuild it for this machine with\n  " + rebuild_command(record, bundle));
}

std::string rebuild_command(const EngineRecord &record, const std::filesystem::path &bundle) {
  std::vector<std::string> words = {"python",
                                    "-m",
                                    "export.build_engines",
                                    "--bundle",
                                    bundle,
                                    "--engine",
                                    record.kind,
                                    "--engine-precision",
                                    record.precision,
                                    "--batch",
                                    std::to_string(record.batch.min),
                                    std::to_string(record.batch.opt),
                                    std::to_string(record.batch.max)};
  const auto add = [&](std::initializer_list<std::string> more) {
    words.insert(words.end(), more.begin(), more.end());
  };
  if (!record.keep_fp32.empty()) {
    add({"--keep-fp32"});
    words.insert(words.end(), record.keep_fp32.begin(), record.keep_fp32.end());
  }
  if (record.calibrated) add({"--calibration-images", "FOLDER_OF_CALIBRATION_IMAGES"});
  if (record.hardware_compatible) add({"--hardware-compatible"});
  if (record.version_compatible) add({"--version-compatible"});
  if (record.workspace_mib) add({"--workspace", std::to_string(*record.workspace_mib)});
  if (record.optimization_level)
    add({"--optimization-level", std::to_string(*record.optimization_level)});
  add({"--out", bundle, "--force"});
  std::string line;
  for (const std::string &word : words) line += (line.empty() ? "" : " ") + quoted(word);
  return line;
}

}  // namespace forensics_rt
