// Asks one detector for many images from several threads, and says whether every answer was the one
// that it gives when nothing else runs, and what the process held before and after:
//   stress BUNDLE THREADS REQUESTS [OPENINGS]
// Prints one line of JSON. Each request comes with one that is refused; `OPENINGS` more detectors
// are opened and closed. What is held is noted once every thread has had some images.
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <forensics_rt.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <thread>
#include <vector>

namespace {

constexpr int kWarmUp = 20;  // images a thread
constexpr int kSides[][2] = {{64, 64}, {130, 90}, {47, 201}, {1, 1}, {200, 150}};

struct Page {
  int width, height;
  std::vector<unsigned char> pixels;
};

std::vector<Page> make_pages() {
  std::vector<Page> pages;
  std::minstd_rand random(7);
  for (const auto &[width, height] : kSides) {
    Page page{width, height, {}};
    page.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    for (unsigned char &byte : page.pixels) byte = static_cast<unsigned char>(random() >> 16);
    pages.push_back(std::move(page));
  }
  return pages;
}

struct Held {
  long kib = 0;  // of memory
  long files = 0;
  long threads = 0;
};

long entries_of(const char *folder) {
  return static_cast<long>(std::distance(std::filesystem::directory_iterator(folder),
                                         std::filesystem::directory_iterator()));
}

Held held() {
  Held now;
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmRSS:") status >> now.kib;
  now.files = entries_of("/proc/self/fd") - 1;  // this one
  now.threads = entries_of("/proc/self/task");
  return now;
}

bool same(const frt::Detection &a, const frt::Detection &b) {
  return a->raw_score == b->raw_score && a->region_count == b->region_count &&
         std::memcmp(a->probability, b->probability, a.probability().size() * sizeof(float)) == 0 &&
         std::memcmp(a->mask, b->mask, a.mask().size()) == 0;
}

frt::Image image_of(const Page &page) {
  return frt::Image(page.pixels.data(), page.width, page.height);
}

class Stress {
 public:
  explicit Stress(const char *bundle) : bundle_(bundle), detector_(bundle), pages_(make_pages()) {
    for (const Page &page : pages_) alone_.push_back(detector_.detect(image_of(page)));
  }

  void run(int threads, int requests) {
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) running.emplace_back(&Stress::ask, this, i, requests);
    for (std::thread &one : running) one.join();
  }

  void open(int times) {
    for (int i = 0; i < times; ++i)
      if (!same(frt::Detector(bundle_).detect(image_of(pages_[0])), alone_[0])) ++different_;
  }

  int different() const { return different_; }

 private:
  void ask(int first, int requests) try {
    for (int i = first; i < first + requests; ++i) {
      const std::size_t which = static_cast<std::size_t>(i) % pages_.size();
      if (!same(detector_.detect(image_of(pages_[which])), alone_[which])) ++different_;
      frt_image refused = image_of(pages_[which]);
      refused.width = -refused.width;
      frt_result *result = nullptr;
      if (frt_detect(detector_.handle(), &refused, &result) != FRT_INVALID_ARGUMENT) ++different_;
      if (std::strstr(frt_last_error(), "must have pixels") == nullptr) ++different_;
    }
  } catch (const frt::Error &error) {
    std::fprintf(stderr, "%s: %s\n", frt_status_name(error.status()), error.what());
    ++different_;
  }

  std::string bundle_;
  frt::Detector detector_;
  std::vector<Page> pages_;
  std::vector<frt::Detection> alone_;  // what the detector says when nothing else runs
  std::atomic<int> different_{0};
};

void print(const char *name, const Held &held) {
  std::printf("\"%s\": {\"kib\": %ld, \"files\": %ld, \"threads\": %ld}, ", name, held.kib,
              held.files, held.threads);
}

}  // namespace

int main(int count, char **words) try {
  if (count < 4) {
    std::fprintf(stderr, "usage: %s BUNDLE THREADS REQUESTS [OPENINGS]\n", words[0]);
    return 2;
  }
  const int threads = std::atoi(words[2]), requests = std::atoi(words[3]);
  const int openings = count > 4 ? std::atoi(words[4]) : 0;
  Stress stress(words[1]);
  stress.run(threads, kWarmUp);
  if (openings > 0) stress.open(kWarmUp);
  const Held before = held();
  stress.run(threads, requests);
  stress.open(openings);
  const Held after = held();
  std::printf("{");
  print("before", before);
  print("after", after);
  std::printf("\"requests\": %d, \"different\": %d}\n", threads * requests, stress.different());
  return 0;
} catch (const frt::Error &error) {
  std::fprintf(stderr, "%s: %s\n", frt_status_name(error.status()), error.what());
  return 1;
}
