#include "cuda/driver.hpp"

#include <dlfcn.h>

#include <array>

namespace forensics_rt {
namespace {

constexpr const char *kLibrary = "libcuda.so.1";
constexpr const char *kManagement = "libnvidia-ml.so.1";

[[noreturn]] void no_driver(const std::string &reason) {
  throw Error(FRT_BACKEND_UNAVAILABLE, "CUDA cannot be used here: " + reason +
                                           ". Install an NVIDIA driver, or use device 'cpu'");
}

template <typename Function>
Function find(void *library, const char *name) {
  void *const found = dlsym(library, name);
  if (found == nullptr)
    no_driver(std::string("the driver has no ") + name + ": it is older than CUDA 12");
  return reinterpret_cast<Function>(found);
}

CudaDriver load_driver() {
  void *const library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) no_driver(std::string("no NVIDIA driver: ") + dlerror());
  CudaDriver driver{};
  // cuda.h renames functions to their versions: the new name is the symbol.
#define FRT_TEXT(name) #name
#define FRT_FIND(name) driver.name = find<decltype(driver.name)>(library, FRT_TEXT(name));
  FRT_CUDA_FUNCTIONS(FRT_FIND)
#undef FRT_FIND
#undef FRT_TEXT
  const auto ask = [&](CUresult result, const char *what) {
    if (result != CUDA_SUCCESS)
      no_driver(std::string(what) + " failed with " + driver.name_of(result) +
                "; look at nvidia-smi and CUDA_VISIBLE_DEVICES");
  };
  ask(driver.cuInit(0), "cuInit");
  int version = 0;
  ask(driver.cuDriverGetVersion(&version), "cuDriverGetVersion");
  driver.version = std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
  ask(driver.cuDeviceGetCount(&driver.devices), "cuDeviceGetCount");
  if (driver.devices == 0)
    no_driver("the driver sees no GPU; look at nvidia-smi and CUDA_VISIBLE_DEVICES");
  return driver;
}

}  // namespace

std::string CudaDriver::name_of(CUresult result) const {
  const char *name = nullptr;
  if (cuGetErrorName(result, &name) == CUDA_SUCCESS && name != nullptr) return name;
  return "error " + std::to_string(static_cast<int>(result));
}

void CudaDriver::check(CUresult result, const std::string &doing) const {
  if (result == CUDA_SUCCESS) return;
  if (result == CUDA_ERROR_OUT_OF_MEMORY)
    throw Error(FRT_OUT_OF_MEMORY, "the GPU has too little free memory for " + doing +
                                       "; free some, or show smaller images");
  throw Error(FRT_ENGINE_FAILED,
              "CUDA failed at " + doing + ": the driver answered " + name_of(result));
}

const CudaDriver &cuda_driver() {
  static const CudaDriver driver = load_driver();  // after a failure the next call tries again
  return driver;
}

std::optional<std::string> display_driver_version() {
  void *const library = dlopen(kManagement, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  using Plain = int (*)();
  using Tell = int (*)(char *, unsigned);
  const auto start = reinterpret_cast<Plain>(dlsym(library, "nvmlInit_v2"));
  const auto end = reinterpret_cast<Plain>(dlsym(library, "nvmlShutdown"));
  const auto tell = reinterpret_cast<Tell>(dlsym(library, "nvmlSystemGetDriverVersion"));
  if (start == nullptr || end == nullptr || tell == nullptr || start() != 0) return std::nullopt;
  std::array<char, 256> text{};
  const int failed = tell(text.data(), static_cast<unsigned>(text.size()));
  end();
  if (failed != 0) return std::nullopt;
  return std::string(text.data());
}

}  // namespace forensics_rt
