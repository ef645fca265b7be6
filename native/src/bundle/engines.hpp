// Prebuilt engines of a bundle, and whether they fit a machine. The twin of
// bundle/engines/match.py.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bundle/file_record.hpp"

namespace forensics_rt {

class Fields;

// Batch sizes that an engine takes: least, best and most.
struct BatchProfile {
  int min = 1, opt = 4, max = 16;
};

// One engine: whose graph, at which side of tiles, on what machine, with which versions.
struct EngineRecord {
  std::string kind;    // "tensorrt" or "tensorrt-rtx"
  std::string member;  // name of the network
  int tile = 0;
  BatchProfile batch;
  std::string precision;  // "fp32", "fp16", "bf16" or "int8"
  FileRecord file;
  std::string graph_sha256;  // of the graph that it was built from
  std::vector<std::string> keep_fp32;
  bool calibrated = false;
  std::optional<std::string> gpu;
  std::vector<std::string> compute_capabilities;
  std::optional<std::string> driver, cuda;
  std::string tensorrt;
  bool hardware_compatible = false, version_compatible = false;
  std::optional<int> workspace_mib, optimization_level;
};

EngineRecord engine_record_of(Fields fields);

// One GPU with its software; none for what is not there.
struct GpuPlatform {
  std::optional<std::string> gpu, compute_capability, driver, cuda;
  std::map<std::string, std::string> tensorrt;  // versions by kind
};

// A line for each point in which engine and machine disagree; empty where they fit.
std::vector<std::string> mismatches(const EngineRecord &record, const GpuPlatform &machine);

// Refuses an engine that does not fit (FRT_BACKEND_UNAVAILABLE), naming both sides.
void check_engine(const EngineRecord &record, const GpuPlatform &machine,
                  const std::filesystem::path &bundle);

// The command line that builds the engines of a record's kind again, as that one was built.
std::string rebuild_command(const EngineRecord &record, const std::filesystem::path &bundle);

}  // namespace forensics_rt
