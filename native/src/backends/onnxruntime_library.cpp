#include "backends/onnxruntime_library.hpp"

#include <dlfcn.h>

#include <cstdlib>

namespace forensics_rt {
namespace {

constexpr const char *kNamedBy = "FORENSICS_RT_ONNXRUNTIME";
constexpr const char *kUsual = "libonnxruntime.so.1";

[[noreturn]] void unavailable(const std::string &found) {
  throw Error(FRT_BACKEND_UNAVAILABLE,
              "backend 'onnxruntime' cannot run here: " + found +
                  "; set the environment variable " + kNamedBy +
                  " to the path of its library, 1.21 or later, such as libonnxruntime.so.1.32.0 of"
                  " the Python package onnxruntime");
}

std::string file_to_load() {
  const char *named = std::getenv(kNamedBy);
  return named == nullptr || *named == '\0' ? kUsual : named;
}

OnnxRuntime load() {
  const std::string file = file_to_load();
  void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) unavailable(dlerror());
  using Base = const OrtApiBase *(*)();
  const auto base = reinterpret_cast<Base>(dlsym(library, "OrtGetApiBase"));
  if (base == nullptr) unavailable(file + " is not ONNX Runtime");
  const std::string version = base()->GetVersionString();
  const OrtApi *api = base()->GetApi(ORT_API_VERSION);
  if (api == nullptr) unavailable(file + " is of version " + version);
  // An environment starts what reports to the maker, and only this variable, set before, stops it.
  setenv("ORT_DISABLE_TELEMETRY", "1", 0);
  OnnxRuntime loaded{api, version, nullptr};
  loaded.check(api->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "forensics_rt", &loaded.env), "starting");
  return loaded;
}

}  // namespace

void OnnxRuntime::check(OrtStatus *status, const std::string &doing) const {
  if (status == nullptr) return;
  const std::string said = api->GetErrorMessage(status);
  api->ReleaseStatus(status);
  const bool memory = said.find("bad_alloc") != std::string::npos ||
                      said.find("Failed to allocate memory") != std::string::npos;
  throw Error(memory ? FRT_OUT_OF_MEMORY : FRT_ENGINE_FAILED,
              "ONNX Runtime failed at " + doing + ": " + said);
}

const OnnxRuntime &onnxruntime() {
  static const OnnxRuntime loaded = load();  // after a failure the next call tries again
  return loaded;
}

}  // namespace forensics_rt
