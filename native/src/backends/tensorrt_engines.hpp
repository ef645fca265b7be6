// The engines of a bundle: its hash first, then the machine, then TensorRT. The twin of
// backends/tensorrt/loader.py and context.py.
#pragma once

#include <cuda.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "backends/tensorrt_library.hpp"
#include "bundle/opening.hpp"

namespace forensics_rt {

// An engine, ready to be run. Not thread-safe; ends before the engines do.
class EngineContext {
 public:
  EngineContext(nvinfer1::IExecutionContext *made, const EngineRecord &record)
      : context_(made), record_(record) {}
  int batch_of(int count) const { return count < record_.batch.min ? record_.batch.min : count; }
  // Queues a batch that lies on the device (FRT_ENGINE_FAILED).
  void infer(CUdeviceptr images, CUdeviceptr answers, int count, CUstream stream);
  // Refuses an engine that would write more, or less, than a probability a pixel
  // (FRT_ENGINE_FAILED).
  void check_output(const std::filesystem::path &bundle);

 private:
  void demand(bool done, const std::string &what) const;
  std::unique_ptr<nvinfer1::IExecutionContext> context_;
  const EngineRecord &record_;
};

// Thread-safe; the primary context must be current.
class TensorRtEngines {
 public:
  // Compares every engine that is needed with the machine (FRT_BACKEND_UNAVAILABLE,
  // FRT_BUNDLE_UNTRUSTED); loads none.
  TensorRtEngines(const Bundle &bundle, const GpuPlatform &machine, const Log &log);

  // Loads the engine of a network at a side of tiles where that has not been done (also
  // FRT_BUNDLE_ALTERED, FRT_ENGINE_FAILED).
  std::unique_ptr<EngineContext> context(int network, int side);

  // Frees all engines; what runs them must have ended.
  void close() noexcept;

  std::string precision() const;
  int batch() const;  // that every engine is at its best with

 private:
  using Engine = std::unique_ptr<nvinfer1::ICudaEngine>;
  const EngineRecord &record_of(int network, int side) const;
  Engine load(const EngineRecord &record);
  void check_tensors(nvinfer1::ICudaEngine &engine, const EngineRecord &record) const;

  const Bundle &bundle_;
  TensorRtLogger logger_;
  std::mutex loading_;
  std::unique_ptr<nvinfer1::IRuntime> runtime_;
  std::map<std::pair<int, int>, Engine> engines_;
};

}  // namespace forensics_rt
