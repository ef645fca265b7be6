// Detects in one image of raw RGB pixels whenever it reads a line, and answers with a line: the
// wall and processor time in seconds, the score, and the peak memory in bytes. For benchmarks.
//   pages BUNDLE PIXELS WIDTH HEIGHT RECIPE PRECISION
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <forensics_rt.hpp>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

int main(int count, char **words) try {
  if (count != 7) return 2;
  const int width = std::stoi(words[3]), height = std::stoi(words[4]);
  std::vector<char> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  std::ifstream(words[2], std::ios::binary)
      .read(pixels.data(), static_cast<std::streamsize>(pixels.size()));
  const frt::Image image(pixels.data(), width, height);
  frt::Options options;
  options.recipe = words[5];
  options.precision = words[6];
  const frt::Detector detector(words[1], options);
  for (std::string line; std::getline(std::cin, line);) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    const std::clock_t spent = std::clock();
    const frt::Detection found = detector.detect(image);
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    std::printf("%.6f %.6f %.9f %ld\n", std::chrono::duration<double>(Clock::now() - start).count(),
                static_cast<double>(std::clock() - spent) / CLOCKS_PER_SEC, found->score,
                used.ru_maxrss * 1024);
    std::fflush(stdout);
  }
} catch (const std::exception &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
