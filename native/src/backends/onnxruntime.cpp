#include "backends/onnxruntime.hpp"

#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

#include "backends/number_formats.hpp"
#include "backends/pool.hpp"
#include "system/cpu.hpp"

namespace forensics_rt {
namespace {

// Of a bundle's graphs; those that read pixels alone take the first.
constexpr std::array<const char *, 3> kInputs = {"image", "dct", "quantization"};
constexpr const char *kProbability = "probability";

// A tensor over memory of ours.
class Tensor {
 public:
  Tensor(const OnnxRuntime &engine, void *data, std::size_t bytes,
         const std::vector<std::int64_t> &shape, ONNXTensorElementDataType of)
      : engine_(engine) {
    OrtMemoryInfo *memory = nullptr;
    engine.check(engine.api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory),
                 "naming memory");
    OrtStatus *const made = engine.api->CreateTensorWithDataAsOrtValue(
        memory, data, bytes, shape.data(), shape.size(), of, &value_);
    engine.api->ReleaseMemoryInfo(memory);
    engine.check(made, "making a tensor");
  }
  ~Tensor() { engine_.api->ReleaseValue(value_); }
  Tensor(const Tensor &) = delete;
  Tensor &operator=(const Tensor &) = delete;
  OrtValue *get() const { return value_; }

 private:
  const OnnxRuntime &engine_;
  OrtValue *value_ = nullptr;
};

// One tile at a time gets all threads, so what starts it waits until the answer is asked for.
class OnnxRuntimeRequest : public Request {
 public:
  OnnxRuntimeRequest(const OnnxRuntime &engine, OrtSession *session, int height, int width,
                     bool reads_coefficients)
      : engine_(engine),
        session_(session),
        pixels_(static_cast<std::size_t>(height) * static_cast<std::size_t>(width)),
        answer_(pixels_.size()),
        input_(engine, pixels_.data(), pixels_.size() * sizeof(Rgb), {1, height, width, 3},
               ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8),
        output_(engine, answer_.data(), answer_.size() * sizeof(float), {1, height, width},
                ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
    if (!reads_coefficients) return;
    coefficients_.resize(pixels_.size());
    dct_.emplace(engine, coefficients_.data(), coefficients_.size() * sizeof(std::int32_t),
                 std::vector<std::int64_t>{1, height, width}, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32);
    quantization_.emplace(engine, table_.data(), sizeof table_,
                          std::vector<std::int64_t>{1, kJpegBlock, kJpegBlock},
                          ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32);
  }
  Rgb *input() override { return pixels_.data(); }
  CoefficientInputs coefficients() override {
    if (!dct_) return {nullptr, nullptr};
    return {coefficients_.data(), table_.data()};
  }
  void start() override {}
  const float *answer() override {
    std::vector<const OrtValue *> inputs = {input_.get()};
    if (dct_) inputs.insert(inputs.end(), {dct_->get(), quantization_->get()});
    OrtValue *output = output_.get();
    engine_.check(engine_.api->Run(session_, nullptr, kInputs.data(), inputs.data(), inputs.size(),
                                   &kProbability, 1, &output),
                  "a tile");
    return answer_.data();
  }

 private:
  const OnnxRuntime &engine_;
  OrtSession *session_;
  std::vector<Rgb> pixels_;
  std::vector<float> answer_;
  std::vector<std::int32_t> coefficients_;
  std::array<std::int32_t, kJpegBlock * kJpegBlock> table_{};
  Tensor input_, output_;
  std::optional<Tensor> dct_, quantization_;
};

}  // namespace

class OnnxRuntimeBackend::Session {
 public:
  Session(const OnnxRuntime &engine, const std::string &graph, std::optional<int> threads)
      : engine_(engine) {
    OrtSessionOptions *settings = nullptr;
    engine.check(engine.api->CreateSessionOptions(&settings), "making settings");
    OrtStatus *failed = threads ? engine.api->SetIntraOpNumThreads(settings, *threads) : nullptr;
    if (failed == nullptr)
      failed = engine.api->CreateSessionFromArray(engine.env, graph.data(), graph.size(), settings,
                                                  &session_);
    engine.api->ReleaseSessionOptions(settings);
    engine.check(failed, "opening a graph");
  }
  ~Session() { engine_.api->ReleaseSession(session_); }
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;
  OrtSession *get() const { return session_; }

 private:
  const OnnxRuntime &engine_;
  OrtSession *session_ = nullptr;
};

class OnnxRuntimeBackend::TileRequests : public RequestPool {
 public:
  TileRequests(const OnnxRuntime &engine, OrtSession *session, TileShape shape,
               bool reads_coefficients)
      : engine_(engine),
        session_(session),
        shape_(shape),
        reads_coefficients_(reads_coefficients) {}

 protected:
  std::unique_ptr<Request> make() override {
    return std::make_unique<OnnxRuntimeRequest>(engine_, session_, shape_.height, shape_.width,
                                                reads_coefficients_);
  }

 private:
  const OnnxRuntime &engine_;
  OrtSession *session_;
  TileShape shape_;
  bool reads_coefficients_;
};

OnnxRuntimeBackend::OnnxRuntimeBackend(const Bundle &bundle, const BackendOptions &options,
                                       const Log &)
    : engine_(onnxruntime()),
      bundle_(bundle),
      threads_(options.threads ? options.threads : core_limit()),
      capabilities_{"onnxruntime", engine_.version, "cpu", kFloat32, "", true} {
  if (options.precision != "auto" && options.precision != "float32")
    throw Error(FRT_BACKEND_UNAVAILABLE,
                "precision '" + options.precision +
                    "' cannot be had: onnxruntime computes in float32 here; leave it out, or take "
                    "backend openvino");
}

OnnxRuntimeBackend::~OnnxRuntimeBackend() = default;

std::shared_ptr<Requests> OnnxRuntimeBackend::requests(int network, TileShape shape) {
  const std::lock_guard<std::mutex> guard(opening_);
  std::unique_ptr<Session> &session = sessions_[network];
  if (!session)
    session = std::make_unique<Session>(
        engine_, bundle_.graph(bundle_.manifest.networks[static_cast<std::size_t>(network)].graph),
        threads_);
  std::shared_ptr<TileRequests> &known = requests_[{network, shape.height, shape.width}];
  if (!known)
    known = std::make_shared<TileRequests>(engine_, session->get(), shape,
                                           bundle_.manifest.coefficient_limit.has_value());
  return known;
}

}  // namespace forensics_rt
