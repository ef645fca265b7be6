#include "backends/base.hpp"

#include "errors.hpp"

namespace forensics_rt {
namespace {

// How far rounding to half precision may lead out of 0 to 1.
constexpr float kSlack = 1e-3f;

}  // namespace

std::vector<std::uint8_t> Backend::to_host(const Image &) {
  throw Error(FRT_BACKEND_UNAVAILABLE,
              "image.memory is FRT_CUDA, but backend '" + capabilities().name +
                  "' runs on the CPU; copy the pixels to the host, or open the bundle with backend "
                  "tensorrt, where that is built in");
}

void check_answer(const float *answer, std::size_t count, const Capabilities &of, int network) {
  bool sound = true;
  for (std::size_t i = 0; i < count; ++i)  // NaN is neither above nor below
    sound &= answer[i] >= -kSlack && answer[i] <= 1.0f + kSlack;
  if (sound) return;
  throw Error(FRT_ENGINE_FAILED,
              "backend '" + of.name + "', member " + std::to_string(network) +
                  " gave values that are no probabilities: the " + of.precision +
                  " arithmetic overflowed, or the graph lacks its sigmoid; try precision float32");
}

}  // namespace forensics_rt
