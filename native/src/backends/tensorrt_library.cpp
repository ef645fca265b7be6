#include "backends/tensorrt_library.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <deque>

#include "errors.hpp"

namespace forensics_rt {
namespace {

constexpr const char *kNamedBy = "FORENSICS_RT_TENSORRT";
constexpr std::size_t kMostKept = 3;
thread_local std::deque<std::string> complaints;

[[noreturn]] void no_tensorrt(const std::string &found) {
  throw Error(FRT_BACKEND_UNAVAILABLE, "backend 'tensorrt' cannot run here: " + found +
                                           "; set the environment variable " + kNamedBy +
                                           " to the path of libnvinfer.so of TensorRT " +
                                           std::to_string(NV_TENSORRT_MAJOR));
}

std::string file_to_load() {
  const char *named = std::getenv(kNamedBy);
  if (named != nullptr && *named != '\0') return named;
  return "libnvinfer.so." + std::to_string(NV_TENSORRT_MAJOR);
}

TensorRtLibrary load_tensorrt() {
  const std::string file = file_to_load();
  void *const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) no_tensorrt(dlerror());
  using Tell = std::int32_t (*)();
  std::string version;
  for (const char *name : {"getInferLibMajorVersion", "getInferLibMinorVersion",
                           "getInferLibPatchVersion", "getInferLibBuildVersion"}) {
    const auto tell = reinterpret_cast<Tell>(dlsym(library, name));
    if (tell == nullptr) no_tensorrt(file + " is not TensorRT 10 or later");
    const std::int32_t number = tell();
    // Its classes are laid out as the headers of its major version say.
    if (version.empty() && number != NV_TENSORRT_MAJOR)
      no_tensorrt(file + " is of TensorRT " + std::to_string(number));
    version += (version.empty() ? "" : ".") + std::to_string(number);
  }
  using Create = void *(*)(void *, std::int32_t);
  const auto create = reinterpret_cast<Create>(dlsym(library, "createInferRuntime_INTERNAL"));
  if (create == nullptr) no_tensorrt(file + " makes no runtimes");
  return {create, version};
}

}  // namespace

void TensorRtLogger::log(Severity severity, nvinfer1::AsciiChar const *message) noexcept try {
  if (severity == Severity::kWARNING) log_.warn(std::string("TensorRT: ") + message);
  if (severity > Severity::kERROR) return;
  complaints.emplace_back(message);
  if (complaints.size() > kMostKept) complaints.pop_front();
} catch (...) {  // no memory for a message
}

std::string TensorRtLogger::said() {
  std::string text;
  for (const std::string &one : complaints) text += (text.empty() ? "" : "; ") + one;
  return text.empty() ? "it gave no reason" : text;
}

void TensorRtLogger::forget() { complaints.clear(); }

const TensorRtLibrary &tensorrt_library() {
  static const TensorRtLibrary loaded =
      load_tensorrt();  // after a failure the next call tries again
  return loaded;
}

}  // namespace forensics_rt
