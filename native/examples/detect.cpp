// Detects forged pixels in images, several at a time:  detect_cpp BUNDLE IMAGE...
#include <cstdio>
#include <exception>
#include <forensics_rt.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "decode.h"

namespace {

void detect(const frt::Detector &detector, const char *path) try {
  int width = 0, height = 0;
  const std::unique_ptr<unsigned char, decltype(&free_pixels)> pixels(
      read_pixels(path, &width, &height), &free_pixels);
  if (!pixels) throw std::runtime_error("cannot be read as an image");
  const frt::Detection found = detector.detect(frt::Image(pixels.get(), width, height));
  std::printf("%s: score %.6f, %zu regions\n", path, found->score, found.regions().size());
} catch (const std::exception &error) {
  std::fprintf(stderr, "%s: %s\n", path, error.what());
}

}  // namespace

int main(int count, char **words) try {
  if (count < 3) {
    std::fprintf(stderr, "usage: %s BUNDLE IMAGE...\n", words[0]);
    return 2;
  }
  const frt::Detector detector(words[1]);
  const frt_description about = detector.describe();
  std::printf("%s %s on %s, %s\n", about.bundle_name, about.bundle_version, about.backend,
              about.precision);
  std::vector<std::thread> threads;
  for (int i = 2; i < count; ++i) threads.emplace_back(detect, std::cref(detector), words[i]);
  for (std::thread &thread : threads) thread.join();
  return 0;
} catch (const frt::Error &error) {
  std::fprintf(stderr, "%s: %s\n", frt_status_name(error.status()), error.what());
  return 1;
}
