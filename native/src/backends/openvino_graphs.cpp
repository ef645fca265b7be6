#include "backends/openvino_graphs.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "backends/number_formats.hpp"
#include "backends/pool.hpp"
#include "system/memory.hpp"

namespace forensics_rt {
namespace {

constexpr const char *kImage = "image", *kDct = "dct", *kQuantization = "quantization";
constexpr const char *kThreads = "INFERENCE_NUM_THREADS";
constexpr const char *kStreams = "NUM_STREAMS";
constexpr const char *kPinning = "ENABLE_CPU_PINNING";
// Of one network at a time: those of any one page, of three heights and three widths.
constexpr std::ptrdiff_t kMostShapes = 9;

// Tiles are cut straight into the engine's memory, and answers read from it.
class OpenVinoRequest : public Request {
 public:
  OpenVinoRequest(SharedCompiled of, bool reads_coefficients) : graph_(std::move(of)) {
    ov_infer_request_t *request = nullptr;
    check(ov_compiled_model_create_infer_request(graph_.get(), &request), "making a request");
    request_.reset(request);
    input_ = tensor_of(kImage);
    if (!reads_coefficients) return;
    dct_ = tensor_of(kDct);
    quantization_ = tensor_of(kQuantization);
  }
  CoefficientInputs coefficients() override {
    if (!dct_) return {nullptr, nullptr};
    return {static_cast<std::int32_t *>(data_of(dct_.get())),
            static_cast<std::int32_t *>(data_of(quantization_.get()))};
  }
  Rgb *input() override { return static_cast<Rgb *>(data_of(input_.get())); }
  void start() override { check(ov_infer_request_start_async(request_.get()), "a tile"); }
  const float *answer() override {
    check(ov_infer_request_wait(request_.get()), "a tile");
    ov_tensor_t *tensor = nullptr;
    check(ov_infer_request_get_output_tensor(request_.get(), &tensor), "asking for the answer");
    output_.reset(tensor);
    return static_cast<const float *>(data_of(tensor));
  }

 private:
  OvTensor tensor_of(const char *name) {
    ov_tensor_t *tensor = nullptr;
    check(ov_infer_request_get_tensor(request_.get(), name, &tensor), "asking for an input");
    return OvTensor(tensor);
  }
  static void *data_of(const ov_tensor_t *tensor) {
    void *data = nullptr;
    check(ov_tensor_data(tensor, &data), "asking for memory");
    return data;
  }
  SharedCompiled graph_;  // whose memory the request uses
  OvTensor input_, dct_, quantization_, output_;
  OvRequest request_;  // ends before its memory does
};

class OpenVinoRequests : public RequestPool {
 public:
  OpenVinoRequests(SharedCompiled graph, bool reads_coefficients)
      : graph_(std::move(graph)), reads_coefficients_(reads_coefficients) {}

 protected:
  std::unique_ptr<Request> make() override {
    return std::make_unique<OpenVinoRequest>(graph_, reads_coefficients_);
  }

 private:
  SharedCompiled graph_;
  bool reads_coefficients_;
};

// Fixes the sides of all inputs.
void reshape(const ov_model_t *model,
             const std::vector<std::pair<const char *, std::vector<ov_dimension_t>>> &inputs) {
  std::vector<const char *> names;
  std::vector<ov_partial_shape_t> shapes;
  ov_status_e status = OK;
  for (const auto &[name, sides] : inputs) {
    ov_partial_shape_t shape{};
    status = ov_partial_shape_create(static_cast<std::int64_t>(sides.size()), sides.data(), &shape);
    if (status != OK) break;
    names.push_back(name);
    shapes.push_back(shape);
  }
  if (status == OK) status = ov_model_reshape(model, names.data(), shapes.data(), names.size());
  for (ov_partial_shape_t &shape : shapes) ov_partial_shape_free(&shape);
  check(status, "fixing the sizes of a graph");
}

}  // namespace

OpenVinoGraphs::OpenVinoGraphs(const ov_core_t *core, const Bundle &bundle, HowToCompile how,
                               std::unique_ptr<CompiledGraphCache> cache)
    : core_(core), bundle_(bundle), how_(std::move(how)), cache_(std::move(cache)) {}

OpenVinoGraphs::~OpenVinoGraphs() = default;

std::shared_ptr<Requests> OpenVinoGraphs::requests(int network, TileShape shape) {
  const std::lock_guard<std::mutex> guard(compiling_);
  const auto of_network = [&](const Compiled &one) { return one.network == network; };
  const auto found = std::find_if(compiled_.begin(), compiled_.end(), [&](const Compiled &one) {
    return of_network(one) && one.shape == shape;
  });
  if (found != compiled_.end()) {
    compiled_.splice(compiled_.begin(), compiled_, found);
    return found->requests;
  }
  const auto made = std::make_shared<OpenVinoRequests>(compile_within_limit(network, shape),
                                                       reads_coefficients());
  give_back_free_memory();  // what reading and compiling took for a moment
  if (std::count_if(compiled_.begin(), compiled_.end(), of_network) >= kMostShapes)
    // Whoever computes with it has it still.
    compiled_.erase(
        std::prev(std::find_if(compiled_.rbegin(), compiled_.rend(), of_network).base()));
  compiled_.push_front({network, shape, made});
  return made;
}

void OpenVinoGraphs::drop_all() {
  const std::lock_guard<std::mutex> guard(compiling_);
  compiled_.clear();
  give_back_free_memory();
}

const FileRecord &OpenVinoGraphs::file_of(int network) const {
  return bundle_.graph_file(bundle_.manifest.networks[static_cast<std::size_t>(network)],
                            how_.number_format == kInt8);
}

void OpenVinoGraphs::check_file(int network) {
  if (checked_.count(network) == 0) bundle_.graph(file_of(network));
  checked_.insert(network);
}

const ov_model_t *OpenVinoGraphs::read(int network) {
  OvModel &known = models_[network];
  if (known) return known.get();
  const std::string bytes = bundle_.graph(file_of(network));
  checked_.insert(network);
  ov_model_t *model = nullptr;
  check(ov_core_read_model_from_memory_buffer(core_, bytes.data(), bytes.size(), nullptr, &model),
        "reading a graph");
  known.reset(model);
  return model;
}

SharedCompiled OpenVinoGraphs::compile_within_limit(int network, TileShape tile) {
  SharedCompiled compiled = load_or_compile(network, tile);
  if (how_.threads || !how_.limit) return compiled;
  char *value = nullptr;  // of a container's quota the engine knows nothing
  check(ov_compiled_model_get_property(compiled.get(), kThreads, &value), "asking for its threads");
  const int taken = std::stoi(value);
  ov_free(value);
  if (taken <= *how_.limit) return compiled;
  how_.threads = how_.limit;
  return load_or_compile(network, tile);
}

SharedCompiled OpenVinoGraphs::load_or_compile(int network, TileShape tile) {
  const Settings settings = settings_for(tile);
  // Set on the engine, because an import takes no settings of its own. What was set stays, so that
  // streams are set in any case; one is also the engine's own choice.
  for (const auto &[name, value] : settings)
    check(ov_core_set_property(core_, "CPU", name.c_str(), value.c_str()), "setting " + name);
  if (settings.count(kStreams) == 0)
    check(ov_core_set_property(core_, "CPU", kStreams, "1"), "setting the streams");
  const FileRecord &graph = file_of(network);
  if (cache_ && cache_->has(graph)) {
    check_file(network);
    if (SharedCompiled kept = cache_->load(graph, tile.height, tile.width, settings)) return kept;
  }
  SharedCompiled compiled = compile(network, tile);
  if (cache_) cache_->keep(graph, tile.height, tile.width, settings, compiled);
  return compiled;
}

SharedCompiled OpenVinoGraphs::compile(int network, TileShape tile) {
  const ov_model_t *model = read(network);
  const auto side = [](int length) { return ov_dimension_t{length, length}; };
  const ov_dimension_t one{1, 1}, block{kJpegBlock, kJpegBlock};
  std::vector<std::pair<const char *, std::vector<ov_dimension_t>>> inputs = {
      {kImage, {one, side(tile.height), side(tile.width), {3, 3}}}};
  if (reads_coefficients()) {
    inputs.push_back({kDct, {one, side(tile.height), side(tile.width)}});
    inputs.push_back({kQuantization, {one, block, block}});
  }
  reshape(model, inputs);
  ov_compiled_model_t *compiled = nullptr;
  check(ov_core_compile_model(core_, model, "CPU", 0, &compiled), "compiling a graph");
  return SharedCompiled(compiled, &ov_compiled_model_free);
}

Settings OpenVinoGraphs::settings_for(TileShape tile) const {
  // Of a graph in int8, what is not quantized is computed in float32.
  Settings settings{
      {"PERFORMANCE_HINT", "LATENCY"},
      {"INFERENCE_PRECISION_HINT", how_.number_format == kInt8 ? kFloat32 : how_.number_format}};
  if (how_.threads) {
    settings[kThreads] = std::to_string(*how_.threads);
    // Pinned, the threads of two processes would share the first processors.
    settings[kPinning] = "NO";
  }
  if (tile.side_by_side > 1) settings[kStreams] = std::to_string(tile.side_by_side);
  return settings;
}

}  // namespace forensics_rt
