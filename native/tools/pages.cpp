// Detects in one page again and again, when asked to; for measurements:
//   pages BUNDLE PIXELS WIDTH HEIGHT [RECIPE [PRECISION]]
// PIXELS holds WIDTH x HEIGHT x 3 bytes RGB. For every line on standard input it prints the seconds
// that one detection took, those that the processor spent, the raw score, and the memory in KiB.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <forensics_rt.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

double processor_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

long most_kib() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss;
}

}  // namespace

int main(int count, char **words) try {
  if (count < 5) {
    std::fprintf(stderr, "usage: %s BUNDLE PIXELS WIDTH HEIGHT [RECIPE [PRECISION]]\n", words[0]);
    return 2;
  }
  std::ifstream file(words[2], std::ios::binary);
  const std::vector<char> pixels{std::istreambuf_iterator<char>(file), {}};
  const frt::Image image(pixels.data(), std::atoi(words[3]), std::atoi(words[4]));
  if (pixels.size() !=
      static_cast<std::size_t>(image.width) * 3 * static_cast<std::size_t>(image.height)) {
    std::fprintf(stderr, "%s: not %d x %d x 3 bytes\n", words[2], image.width, image.height);
    return 1;
  }
  frt::Options options;
  options.recipe = count > 5 ? words[5] : nullptr;
  options.precision = count > 6 ? words[6] : nullptr;
  const frt::Detector detector(words[1], options);
  using Clock = std::chrono::steady_clock;
  for (std::string line; std::getline(std::cin, line);) {
    const Clock::time_point start = Clock::now();
    const double spent = processor_seconds();
    const frt::Detection found = detector.detect(image);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::printf("%.9f %.9f %.9f %ld\n", seconds, processor_seconds() - spent, found->raw_score,
                most_kib());
    std::fflush(stdout);
  }
  return 0;
} catch (const frt::Error &error) {
  std::fprintf(stderr, "%s: %s\n", frt_status_name(error.status()), error.what());
  return 1;
}
