// A TensorRT that is the CPU, with the habits of the real one: it answers false
// or null and logs where that does. A plan is JSON, as in
// tests/backends/played_tensorrt.py, and its network is `answer` of
// tests/cuda/test_device_path.py, operation by operation.
//
// A context computes in two steps of its stream, in memory of its own, so that
// calls that do not wait for each other give wrong answers.
#include <NvInfer.h>
#include <dlfcn.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace nvinfer1;

namespace {

using Json = nlohmann::json;
using Launch = int (*)(cudaStream_t, void (*)(void *), void *);

Launch launch_host_function() {
  static void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
  return driver ? reinterpret_cast<Launch>(dlsym(driver, "cuLaunchHostFunc")) : nullptr;
}

// What PLAYED_TENSORRT asks for: "cannot run", "cannot run slowly", "no
// context", "gives NaN".
bool asked_for(const char *fault) {
  const char *said = std::getenv("PLAYED_TENSORRT");
  return said && std::string(said) == fault;
}

struct Call {
  const unsigned char *images;
  float *answers;
  std::vector<float> *scratch;
  int member, count, side;
};

void compute(const Call &call) {
  const int side = call.side;
  call.scratch->assign(size_t(call.count) * side * side, 0.0f);
  for (int tile = 0; tile < call.count; ++tile) {
    const unsigned char *pixels = call.images + size_t(tile) * side * side * 3;
    float *out = call.scratch->data() + size_t(tile) * side * side;
    const auto gray = [&](int row, int column) {
      const unsigned char *p = pixels + (size_t(row) * side + column) * 3;
      return (float(p[0]) + float(p[1]) + float(p[2])) / 3.0f / 255.0f;
    };
    for (int row = 0; row < side; ++row)
      for (int column = 0; column < side; ++column) {
        const int ahead = ((row - 1 - call.member) % side + side) % side;
        const float value = std::fabs(gray(row, column) - gray(ahead, column) * 0.5f);
        out[size_t(row) * side + column] =
            asked_for("gives NaN") ? std::numeric_limits<float>::quiet_NaN() : value;
      }
  }
}

void put_out(const Call &call) {
  std::memcpy(call.answers, call.scratch->data(), call.scratch->size() * sizeof(float));
  call.scratch->assign(call.scratch->size(), std::numeric_limits<float>::quiet_NaN());
}

bool complain(ILogger &logger, const char *message) {
  logger.log(ILogger::Severity::kERROR, message);
  return false;
}

class Context : public IExecutionContext {
 public:
  Context(ILogger &logger, const Json &plan) : logger_(logger), plan_(plan) {}

  bool setInputShape(char const *tensor, Dims const &shape) noexcept override {
    const int side = plan_["tile"];
    const bool fits = shape.nbDims == 4 && shape.d[0] >= plan_["batch"][0] &&
                      shape.d[0] <= plan_["batch"][2] && shape.d[1] == side && shape.d[2] == side &&
                      shape.d[3] == 3 && std::string(tensor) == "image";
    count_ = fits ? int(shape.d[0]) : 0;
    return fits || complain(logger_, "shape out of profile");
  }
  Dims getTensorShape(char const *) const noexcept override {
    const std::int64_t side = plan_.value("output", plan_["tile"].get<int>());
    return {3, {count_, side, side}};
  }
  bool setTensorAddress(char const *tensor, void *data) noexcept override {
    if (reinterpret_cast<size_t>(data) % 256) return complain(logger_, "address not aligned");
    addresses_[tensor] = data;
    return true;
  }
  bool enqueueV3(cudaStream_t stream) noexcept override {
    if (asked_for("cannot run slowly")) {  // while another thread fails, too
      complain(logger_, ("enqueueV3: failed at " + std::to_string(count_)).c_str());
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      return false;
    }
    if (asked_for("cannot run")) return complain(logger_, "enqueueV3: out of memory");
    if (count_ == 0 || addresses_.size() != 2 || reinterpret_cast<size_t>(stream) <= 2)
      return complain(logger_, "enqueueV3: not ready");
    const Call call{static_cast<unsigned char *>(addresses_["image"]),
                    static_cast<float *>(addresses_["probability"]),
                    &scratch_,
                    plan_["member"],
                    count_,
                    plan_["tile"]};
    const auto queue = [&](void (*work)(const Call &)) {
      struct Queued {
        Call call;
        void (*work)(const Call &);
      };
      return launch_host_function()(
          stream,
          [](void *given) {
            const std::unique_ptr<Queued> queued(static_cast<Queued *>(given));
            queued->work(queued->call);
          },
          new Queued{call, work});
    };
    return queue(compute) == 0 && queue(put_out) == 0;
  }

 private:
  ILogger &logger_;
  Json plan_;
  int count_ = 0;
  std::map<std::string, void *> addresses_;
  std::vector<float> scratch_;
};

class Engine : public ICudaEngine {
 public:
  Engine(ILogger &logger, Json plan) : logger_(logger), plan_(std::move(plan)) {}

  std::int32_t getNbIOTensors() const noexcept override { return 2; }
  char const *getIOTensorName(std::int32_t index) const noexcept override {
    return index == 0 ? "image" : "probability";
  }
  TensorIOMode getTensorIOMode(char const *tensor) const noexcept override {
    return std::string(tensor) == "image" ? TensorIOMode::kINPUT : TensorIOMode::kOUTPUT;
  }
  DataType getTensorDataType(char const *tensor) const noexcept override {
    if (std::string(tensor) != "image") return DataType::kFLOAT;
    return plan_.value("input", "UINT8") == "UINT8" ? DataType::kUINT8 : DataType::kHALF;
  }
  Dims getProfileShape(char const *, std::int32_t,
                       OptProfileSelector select) const noexcept override {
    const std::int64_t side = plan_["tile"];
    return {4, {plan_["batch"][static_cast<size_t>(select)].get<std::int64_t>(), side, side, 3}};
  }
  IExecutionContext *createExecutionContext(ExecutionContextAllocationStrategy) noexcept override {
    if (!asked_for("no context")) return new Context(logger_, plan_);
    complain(logger_, "out of memory");
    return nullptr;
  }

 private:
  ILogger &logger_;
  Json plan_;
};

class Runtime : public IRuntime {
 public:
  explicit Runtime(ILogger &logger) : logger_(logger) {}
  void setEngineHostCodeAllowed(bool) noexcept override {}
  ICudaEngine *deserializeCudaEngine(void const *data, std::size_t size) noexcept override {
    const auto *text = static_cast<const char *>(data);
    Json plan = Json::parse(text, text + size, nullptr, false);
    if (!plan.is_discarded()) return new Engine(logger_, std::move(plan));
    complain(logger_, "Magic tag does not match");
    return nullptr;
  }

 private:
  ILogger &logger_;
};

}  // namespace

extern "C" {
std::int32_t getInferLibMajorVersion() noexcept { return asked_for("older") ? 10 : 11; }
std::int32_t getInferLibMinorVersion() noexcept { return 4; }
std::int32_t getInferLibPatchVersion() noexcept { return 0; }
std::int32_t getInferLibBuildVersion() noexcept { return 106; }
void *createInferRuntime_INTERNAL(void *logger, std::int32_t) noexcept {
  return new Runtime(*static_cast<ILogger *>(logger));
}
}
