#include "backends/tensorrt_engines.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>

#include "errors.hpp"

namespace forensics_rt {
namespace {

constexpr const char *kKind = "tensorrt";
constexpr const char *kImage = "image", *kProbability = "probability";  // of a bundle's graphs
constexpr const char *kAllowedBy = "FORENSICS_RT_ALLOW_HOST_CODE";

bool host_code_allowed() {
  const char *value = std::getenv(kAllowedBy);
  const std::string said = value == nullptr ? "" : value;
  return said == "1" || said == "true" || said == "yes";
}

nvinfer1::Dims batch_of_tiles(int count, int side) {
  nvinfer1::Dims shape{};
  shape.nbDims = 4;
  shape.d[0] = count;
  shape.d[1] = shape.d[2] = side;
  shape.d[3] = 3;
  return shape;
}

std::string in_words(const nvinfer1::Dims &shape) {
  std::string text;
  for (int i = 0; i < shape.nbDims; ++i)
    text += (text.empty() ? "" : "x") + std::to_string(shape.d[i]);
  return text;
}

bool same(const nvinfer1::Dims &a, const nvinfer1::Dims &b) {
  return a.nbDims == b.nbDims && std::equal(a.d, a.d + a.nbDims, b.d);
}

}  // namespace

void EngineContext::infer(CUdeviceptr images, CUdeviceptr answers, int count, CUstream stream) {
  const nvinfer1::Dims shape = batch_of_tiles(count, record_.tile);
  TensorRtLogger::forget();
  demand(context_->setInputShape(kImage, shape), "take shape " + in_words(shape));
  demand(context_->setTensorAddress(kImage, reinterpret_cast<void *>(images)),
         "read from its input");
  demand(context_->setTensorAddress(kProbability, reinterpret_cast<void *>(answers)),
         "write to its output");
  demand(context_->enqueueV3(stream), "run");
}

void EngineContext::check_output(const std::filesystem::path &bundle) {
  const nvinfer1::Dims tiles = batch_of_tiles(record_.batch.max, record_.tile);
  TensorRtLogger::forget();
  demand(context_->setInputShape(kImage, tiles), "take shape " + in_words(tiles));
  const nvinfer1::Dims found = context_->getTensorShape(kProbability);
  nvinfer1::Dims wanted = tiles;
  wanted.nbDims = 3;
  if (!same(found, wanted))
    throw Error(FRT_ENGINE_FAILED, record_.file.path + " gives shape " + in_words(found) + " for " +
                                       in_words(tiles) + ", must give " + in_words(wanted) +
                                       ". Build it with\n  " + rebuild_command(record_, bundle));
}

void EngineContext::demand(bool done, const std::string &what) const {
  if (!done)
    throw Error(FRT_ENGINE_FAILED,
                record_.file.path + " cannot " + what + ": " + TensorRtLogger::said());
}

TensorRtEngines::TensorRtEngines(const Bundle &bundle, const GpuPlatform &machine, const Log &log)
    : bundle_(bundle), logger_(log) {
  const Manifest &manifest = bundle.manifest;
  for (int network = 0; network < static_cast<int>(manifest.networks.size()); ++network)
    for (const int side : manifest.tile_sizes) {
      const EngineRecord &record = record_of(network, side);
      check_engine(record, machine, bundle.path);
      if (record.version_compatible && !host_code_allowed())
        throw Error(FRT_BUNDLE_UNTRUSTED,
                    record.file.path +
                        ": an engine for later versions of TensorRT brings code for the "
                        "processor, which is not allowed; allow it with " +
                        kAllowedBy + "=1 if you trust who built the bundle");
    }
}

const EngineRecord &TensorRtEngines::record_of(int network, int side) const {
  const Manifest &manifest = bundle_.manifest;
  const NetworkRecord &wanted = manifest.networks[static_cast<std::size_t>(network)];
  const std::string folder = bundle_.path.string();
  const std::string build = " with\n  python -m export.build_engines --bundle " + folder +
                            " --engine tensorrt --out " + folder + " --force";
  for (const EngineRecord &record : manifest.engines) {
    if (record.kind != kKind || record.member != wanted.name || record.tile != side) continue;
    if (record.graph_sha256 == wanted.graph.sha256) return record;
    throw Error(FRT_BACKEND_UNAVAILABLE, record.file.path +
                                             " was built from another graph than that of member '" +
                                             wanted.name + "'. Build it again" + build);
  }
  throw Error(FRT_BACKEND_UNAVAILABLE, "bundle '" + manifest.name +
                                           "' has no tensorrt engine of member '" + wanted.name +
                                           "' at " + std::to_string(side) + "x" +
                                           std::to_string(side) + ". Build one" + build);
}

std::unique_ptr<EngineContext> TensorRtEngines::context(int network, int side) {
  const EngineRecord &record = record_of(network, side);
  const std::lock_guard<std::mutex> guard(loading_);
  Engine &engine = engines_[{network, side}];
  if (!engine) engine = load(record);
  TensorRtLogger::forget();
  nvinfer1::IExecutionContext *const made = engine->createExecutionContext();
  if (made == nullptr)
    throw Error(FRT_ENGINE_FAILED,
                record.file.path + ": tensorrt cannot make a context: " + TensorRtLogger::said() +
                    ". If memory is short, build with a smaller --batch or "
                    "--workspace");
  auto context = std::make_unique<EngineContext>(made, record);
  context->check_output(bundle_.path);
  return context;
}

void TensorRtEngines::close() noexcept {
  engines_.clear();
  runtime_.reset();
}

TensorRtEngines::Engine TensorRtEngines::load(const EngineRecord &record) {
  const std::string bytes = bundle_.read(record.file);  // those that were checked are loaded
  if (!runtime_)
    runtime_.reset(static_cast<nvinfer1::IRuntime *>(
        tensorrt_library().create_runtime(&logger_, NV_TENSORRT_VERSION)));
  if (!runtime_)
    throw Error(FRT_BACKEND_UNAVAILABLE, "TensorRT makes no runtime: " + TensorRtLogger::said());
  // Only engines for later versions hold code for the host.
  runtime_->setEngineHostCodeAllowed(record.version_compatible);
  TensorRtLogger::forget();
  Engine engine(runtime_->deserializeCudaEngine(bytes.data(), bytes.size()));
  if (!engine)
    throw Error(FRT_BACKEND_UNAVAILABLE,
                "tensorrt cannot load " + record.file.path + ": " + TensorRtLogger::said() +
                    ". Build it for this machine with\n  " + rebuild_command(record, bundle_.path));
  check_tensors(*engine, record);
  return engine;
}

void TensorRtEngines::check_tensors(nvinfer1::ICudaEngine &engine,
                                    const EngineRecord &record) const {
  using nvinfer1::DataType;
  using nvinfer1::OptProfileSelector;
  using nvinfer1::TensorIOMode;
  const auto refuse = [&](const std::string &found) {
    throw Error(FRT_ENGINE_FAILED, record.file.path + " " + found + ". Build it with\n  " +
                                       rebuild_command(record, bundle_.path));
  };
  std::set<std::string> names;
  std::string listed;
  for (int i = 0; i < engine.getNbIOTensors(); ++i) {
    names.insert(engine.getIOTensorName(i));
    listed += std::string(listed.empty() ? "" : ", ") + engine.getIOTensorName(i);
  }
  const auto has = [&](const char *name, TensorIOMode mode, DataType type) {
    return names.count(name) == 1 && engine.getTensorIOMode(name) == mode &&
           engine.getTensorDataType(name) == type;
  };
  if (names.size() != 2 || !has(kImage, TensorIOMode::kINPUT, DataType::kUINT8) ||
      !has(kProbability, TensorIOMode::kOUTPUT, DataType::kFLOAT))
    refuse("must take uint8 'image' and give float32 'probability', but has tensors " + listed);
  const nvinfer1::Dims least = engine.getProfileShape(kImage, 0, OptProfileSelector::kMIN);
  const nvinfer1::Dims most = engine.getProfileShape(kImage, 0, OptProfileSelector::kMAX);
  if (!same(least, batch_of_tiles(record.batch.min, record.tile)) ||
      !same(most, batch_of_tiles(record.batch.max, record.tile)))
    refuse("takes shapes from " + in_words(least) + " to " + in_words(most) +
           ", but its record says batches from " + std::to_string(record.batch.min) + " to " +
           std::to_string(record.batch.max) + " of side " + std::to_string(record.tile));
}

std::string TensorRtEngines::precision() const {
  std::set<std::string> found;
  for (int network = 0; network < static_cast<int>(bundle_.manifest.networks.size()); ++network)
    for (const int side : bundle_.manifest.tile_sizes)
      found.insert(record_of(network, side).precision);
  std::string text;
  for (const std::string &one : found) text += (text.empty() ? "" : "+") + one;
  return text;
}

int TensorRtEngines::batch() const {
  int least = record_of(0, bundle_.manifest.tile_sizes.front()).batch.opt;
  for (int network = 0; network < static_cast<int>(bundle_.manifest.networks.size()); ++network)
    for (const int side : bundle_.manifest.tile_sizes)
      least = std::min(least, record_of(network, side).batch.opt);
  return least;
}

}  // namespace forensics_rt
