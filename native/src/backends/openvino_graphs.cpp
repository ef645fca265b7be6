#include "backends/openvino_graphs.hpp"

#include <array>
#include <utility>

#include "backends/number_formats.hpp"

namespace forensics_rt {
namespace {

constexpr const char *kThreads = "INFERENCE_NUM_THREADS";
// Two tiles, each on half of the threads, are sooner done than one after the other on all of them,
// which wait for each other at every layer. The engine makes it one where there is one thread.
constexpr int kSideBySide = 2;

// Tiles are cut straight into the engine's memory, and answers read from it.
class OpenVinoRequest : public Request {
 public:
  explicit OpenVinoRequest(const ov_compiled_model_t *of) {
    ov_infer_request_t *request = nullptr;
    check(ov_compiled_model_create_infer_request(of, &request), "making a request");
    request_.reset(request);
    ov_tensor_t *tensor = nullptr;
    check(ov_infer_request_get_input_tensor(request, &tensor), "asking for the input");
    input_.reset(tensor);
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
  static void *data_of(const ov_tensor_t *tensor) {
    void *data = nullptr;
    check(ov_tensor_data(tensor, &data), "asking for memory");
    return data;
  }
  OvTensor input_, output_;
  OvRequest request_;  // ends before its memory does
};

}  // namespace

class OpenVinoGraphs::Compiled : public RequestPool {
 public:
  explicit Compiled(OvCompiled graph) : graph_(std::move(graph)) {}

 protected:
  std::unique_ptr<Request> make() override {
    return std::make_unique<OpenVinoRequest>(graph_.get());
  }

 private:
  OvCompiled graph_;
};

OpenVinoGraphs::OpenVinoGraphs(const ov_core_t *core, const Bundle &bundle,
                               std::string number_format, std::optional<int> threads,
                               std::optional<int> limit)
    : core_(core),
      bundle_(bundle),
      number_format_(std::move(number_format)),
      threads_(threads),
      limit_(limit) {}

OpenVinoGraphs::~OpenVinoGraphs() = default;

Requests &OpenVinoGraphs::requests(int network, TileShape shape) {
  const std::lock_guard<std::mutex> guard(compiling_);
  std::unique_ptr<Compiled> &known = compiled_[{network, shape.height, shape.width, shape.alone}];
  if (!known) known = std::make_unique<Compiled>(compile(network, shape));
  return *known;
}

const ov_model_t *OpenVinoGraphs::read(int network) {
  OvModel &known = models_[network];
  if (known) return known.get();
  const std::string bytes = bundle_.graph(
      bundle_.manifest.networks[static_cast<std::size_t>(network)], number_format_ == kInt8);
  ov_model_t *model = nullptr;
  check(ov_core_read_model_from_memory_buffer(core_, bytes.data(), bytes.size(), nullptr, &model),
        "reading a graph");
  known.reset(model);
  return model;
}

OvCompiled OpenVinoGraphs::compile(int network, TileShape tile) {
  const ov_model_t *model = read(network);
  const std::array<std::int64_t, 4> sides = {1, tile.height, tile.width, 3};
  ov_partial_shape_t shape{};
  check(ov_partial_shape_create_static(4, sides.data(), &shape), "a shape");
  const ov_status_e reshaped = ov_model_reshape_single_input(model, shape);
  ov_partial_shape_free(&shape);
  check(reshaped, "fixing the size of a graph");
  OvCompiled compiled = compile(model, tile.alone);
  if (threads_ || !limit_) return compiled;
  char *value = nullptr;  // of a container's quota the engine knows nothing
  check(ov_compiled_model_get_property(compiled.get(), kThreads, &value), "asking for its threads");
  const int taken = std::stoi(value);
  ov_free(value);
  if (taken <= *limit_) return compiled;
  threads_ = limit_;
  return compile(model, tile.alone);
}

OvCompiled OpenVinoGraphs::compile(const ov_model_t *model, bool alone) const {
  // Of a graph in int8, what is not quantized is computed in float32.
  const std::string hint = number_format_ == kInt8 ? kFloat32 : number_format_;
  const std::string threads = threads_ ? std::to_string(*threads_) : "";
  const std::string streams = std::to_string(alone ? 1 : kSideBySide);
  ov_compiled_model_t *compiled = nullptr;
  const ov_status_e status =
      threads_ ? ov_core_compile_model(core_, model, "CPU", 8, &compiled, "PERFORMANCE_HINT",
                                       "LATENCY", "INFERENCE_PRECISION_HINT", hint.c_str(),
                                       "NUM_STREAMS", streams.c_str(), kThreads, threads.c_str())
               : ov_core_compile_model(core_, model, "CPU", 6, &compiled, "PERFORMANCE_HINT",
                                       "LATENCY", "INFERENCE_PRECISION_HINT", hint.c_str(),
                                       "NUM_STREAMS", streams.c_str());
  check(status, "compiling a graph");
  return OvCompiled(compiled);
}

}  // namespace forensics_rt
