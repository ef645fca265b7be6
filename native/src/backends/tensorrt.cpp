#include "backends/tensorrt.hpp"

#include <condition_variable>
#include <new>
#include <utility>
#include <vector>

#include "backends/adapter.hpp"
#include "backends/device_word.hpp"
#include "backends/pool.hpp"
#include "cuda/device_path.hpp"
#include "errors.hpp"

namespace forensics_rt {
namespace {

// One computes while the next is uploaded; more ways through cost memory and gain nothing.
constexpr std::size_t kWays = 2;

GpuPlatform platform_of(const Device &device) {
  return {device.name(),
          device.compute_capability(),
          display_driver_version(),
          device.driver().version,
          {{"tensorrt", tensorrt_library().version}}};
}

// The contexts of one way through the device.
class OwnContexts : public DeviceEngine {
 public:
  explicit OwnContexts(TensorRtEngines &engines) : engines_(engines) {}
  int batch_of(int network, int side, int count) override {
    return context(network, side).batch_of(count);
  }
  void infer(int network, CUdeviceptr images, CUdeviceptr answers, int count, int side,
             CUstream stream) override {
    context(network, side).infer(images, answers, count, stream);
  }

 private:
  EngineContext &context(int network, int side) {
    std::unique_ptr<EngineContext> &known = contexts_[{network, side}];
    if (!known) known = engines_.context(network, side);
    return *known;
  }
  TensorRtEngines &engines_;
  std::map<std::pair<int, int>, std::unique_ptr<EngineContext>> contexts_;
};

// Lends ways through the device; a caller waits where all are taken.
class TensorRtInferer : public DeviceInferer {
 public:
  TensorRtInferer(const Device &device, TensorRtEngines &engines, const Recipe &recipe,
                  std::vector<double> weights)
      : device_(device), engines_(engines), recipe_(recipe), weights_(std::move(weights)) {}
  TensorRtInferer(const TensorRtInferer &) = delete;
  TensorRtInferer &operator=(const TensorRtInferer &) = delete;
  ~TensorRtInferer() override {
    const Current current(device_, std::nothrow);
    idle_.clear();
  }

  Maps run(const Image &image, const Plan &plan) override {
    const Current current(device_);
    const Turn turn(*this);
    std::unique_ptr<DevicePath> path = take();
    Maps maps = path->run(image, plan);  // after a failure the path is not used again
    const std::lock_guard<std::mutex> guard(changing_);
    idle_.push_back(std::move(path));
    return maps;
  }

 private:
  class Turn {
   public:
    explicit Turn(TensorRtInferer &of) : of_(of) {
      std::unique_lock<std::mutex> guard(of_.changing_);
      of_.freed_.wait(guard, [&] { return of_.taken_ < kWays; });
      ++of_.taken_;
    }
    Turn(const Turn &) = delete;
    Turn &operator=(const Turn &) = delete;
    ~Turn() {
      {
        const std::lock_guard<std::mutex> guard(of_.changing_);
        --of_.taken_;
      }
      of_.freed_.notify_one();
    }

   private:
    TensorRtInferer &of_;
  };

  std::unique_ptr<DevicePath> take() {
    {
      const std::lock_guard<std::mutex> guard(changing_);
      if (!idle_.empty()) {
        std::unique_ptr<DevicePath> path = std::move(idle_.back());
        idle_.pop_back();
        return path;
      }
    }
    return std::make_unique<DevicePath>(device_, std::make_unique<OwnContexts>(engines_), recipe_,
                                        weights_, engines_.batch());
  }

  const Device &device_;
  TensorRtEngines &engines_;
  const Recipe &recipe_;
  std::vector<double> weights_;
  std::mutex changing_;
  std::condition_variable freed_;
  std::size_t taken_ = 0;
  std::vector<std::unique_ptr<DevicePath>> idle_;
};

// One tile from the host, and its answer back there.
class TensorRtRequest : public Request {
 public:
  TensorRtRequest(const Device &device, std::unique_ptr<EngineContext> context, int side)
      : device_(device),
        context_(std::move(context)),
        size_(context_->batch_of(1)),
        pixels_(static_cast<std::size_t>(side) * static_cast<std::size_t>(side)),
        answer_(pixels_.size()) {
    const Current current(device_);
    stream_ = std::make_unique<Stream>(device_);
    images_ = std::make_unique<DeviceMemory>(device_);
    answers_ = std::make_unique<DeviceMemory>(device_);
  }
  TensorRtRequest(const TensorRtRequest &) = delete;
  TensorRtRequest &operator=(const TensorRtRequest &) = delete;
  ~TensorRtRequest() override {
    const Current current(device_, std::nothrow);
    device_.driver().cuStreamSynchronize(stream_->handle());
    context_.reset();
    answers_.reset();
    images_.reset();
    stream_.reset();
  }

  Rgb *input() override { return pixels_.data(); }
  void start() override {
    const Current current(device_);
    const std::size_t bytes = pixels_.size() * sizeof(Rgb);
    const auto tiles = static_cast<std::size_t>(size_);
    const CUdeviceptr images = images_->at_least(tiles * bytes);
    stream_->upload(images, pixels_.data(), bytes);
    if (size_ > 1) stream_->clear(images + bytes, (tiles - 1) * bytes);
    context_->infer(images, answers_->at_least(tiles * answer_.size() * sizeof(float)), size_,
                    stream_->handle());
  }
  const float *answer() override {
    const Current current(device_);
    const std::size_t bytes = answer_.size() * sizeof(float);
    stream_->download(answer_.data(), answers_->at_least(bytes), bytes);
    stream_->synchronize();
    return answer_.data();
  }

 private:
  const Device &device_;
  std::unique_ptr<EngineContext> context_;
  int size_;
  std::vector<Rgb> pixels_;
  std::vector<float> answer_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<DeviceMemory> images_, answers_;
};

int square(TileShape shape) {
  if (shape.height != shape.width)
    throw Error(FRT_ENGINE_FAILED, "tiles must be square for an engine, but are " +
                                       std::to_string(shape.height) + "x" +
                                       std::to_string(shape.width));
  return shape.height;
}

}  // namespace

class TensorRtBackend::TileRequests : public RequestPool {
 public:
  TileRequests(const Device &device, TensorRtEngines &engines, int network, int side)
      : device_(device), engines_(engines), network_(network), side_(side) {}

 protected:
  std::unique_ptr<Request> make() override {
    const Current current(device_);
    return std::make_unique<TensorRtRequest>(device_, engines_.context(network_, side_), side_);
  }

 private:
  const Device &device_;
  TensorRtEngines &engines_;
  int network_, side_;
};

TensorRtBackend::TensorRtBackend(const Bundle &bundle, const BackendOptions &options,
                                 const Log &log)
    : device_(place_of(options.device).ordinal),
      engines_(bundle, platform_of(device_), log),
      capabilities_{
          "tensorrt", tensorrt_library().version, options.device, engines_.precision(), "", false} {
  if (options.precision != "auto")
    throw Error(
        FRT_BACKEND_UNAVAILABLE,
        "precision '" + options.precision +
            "' cannot be had: an engine computes in the format that it was built in, here " +
            capabilities_.precision + "; leave it out");
}

TensorRtBackend::~TensorRtBackend() {
  const Current current(device_, std::nothrow);
  requests_.clear();
  engines_.close();
}

std::shared_ptr<Requests> TensorRtBackend::requests(int network, TileShape shape) {
  const int side = square(shape);
  const std::lock_guard<std::mutex> guard(changing_);
  std::shared_ptr<TileRequests> &known = requests_[{network, side}];
  if (!known) known = std::make_shared<TileRequests>(device_, engines_, network, side);
  return known;
}

std::unique_ptr<DeviceInferer> TensorRtBackend::on_device(const Recipe &recipe,
                                                          const std::vector<double> &weights) {
  return std::make_unique<TensorRtInferer>(device_, engines_, recipe, weights);
}

std::vector<std::uint8_t> TensorRtBackend::to_host(const Image &image) {
  const Current current(device_);
  Stream stream(device_);
  const auto row =
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(bytes_of(image.format));
  const auto first = static_cast<CUdeviceptr>(reinterpret_cast<std::uintptr_t>(image.pixels));
  device_.check_owner(first, (image.height - 1) * image.stride, row);
  std::vector<std::uint8_t> copied(row * static_cast<std::size_t>(image.height));
  for (int y = 0; y < image.height; ++y)
    stream.download(copied.data() + row * static_cast<std::size_t>(y),
                    first + static_cast<CUdeviceptr>(y * image.stride), row);
  stream.synchronize();
  return copied;
}

const Adapter *tensorrt_adapter() {
  static const Adapter adapter{"tensorrt", "cuda", open_as<TensorRtBackend>};
  return &adapter;
}

}  // namespace forensics_rt
