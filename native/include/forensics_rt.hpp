// forensics_rt.hpp: the C interface of forensics_rt.h for C++17 and later, header-only.
//
//     frt::Detector detector("bundles/default");
//     frt::Detection found = detector.detect(frt::Image(rgb, width, height));
//     for (const frt_region &region : found.regions()) std::cout << region.left << '\n';
//
// Handles free themselves, failures are exceptions of the type `frt::Error`, and everything else is
// as forensics_rt.h says: ownership, threads, units.
#ifndef FORENSICS_RT_HPP
#define FORENSICS_RT_HPP

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "forensics_rt.h"

#if defined(__cpp_lib_span)
#include <span>
#elif defined(__has_include)
#if __cplusplus >= 202002L && __has_include(<span>)
#include <span>
#endif
#endif

namespace frt {

// What a function of the library refuses or fails at; `what()` says what was found, what was
// expected, and what to do.
class Error : public std::runtime_error {
 public:
  Error(frt_status status, const char *message) : std::runtime_error(message), status_(status) {}
  frt_status status() const noexcept { return status_; }

 private:
  frt_status status_;
};

inline void check(frt_status status) {
  if (status != FRT_OK) throw Error(status, frt_last_error());
}

// A row of values that belongs to somebody else: std::span where there is one.
#ifdef __cpp_lib_span
template <typename Value>
using Span = std::span<Value>;
#else
template <typename Value>
class Span {
 public:
  Span(Value *first, std::size_t count) noexcept : first_(first), count_(count) {}
  Value *data() const noexcept { return first_; }
  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  Value *begin() const noexcept { return first_; }
  Value *end() const noexcept { return first_ + count_; }
  Value &operator[](std::size_t i) const noexcept { return first_[i]; }

 private:
  Value *first_;
  std::size_t count_;
};
#endif

// How to open a bundle: the members of frt_options.
struct Options : frt_options {
  Options() : frt_options(FRT_OPTIONS_INIT) {}
};

// What a JPEG says of its luma, in the memory of the caller, who keeps it during the call.
struct Coefficients : frt_coefficients {
  // `stride`: bytes from a row of blocks to the one below; 0 where rows are adjacent.
  Coefficients(const std::int16_t *blocks_, std::int32_t columns_, std::int32_t rows_,
               const std::uint16_t *quantization_, std::ptrdiff_t stride_ = 0)
      : frt_coefficients(FRT_COEFFICIENTS_INIT) {
    blocks = blocks_;
    columns = columns_;
    rows = rows_;
    quantization = quantization_;
    stride = stride_;
  }
};

// Pixels in the memory of the caller, who keeps them during the call.
struct Image : frt_image {
  // `stride`: bytes from a row to the one below; 0 where rows are adjacent.
  Image(const void *pixels_, std::int32_t width_, std::int32_t height_,
        frt_format format_ = FRT_RGB, std::ptrdiff_t stride_ = 0)
      : frt_image(FRT_IMAGE_INIT) {
    pixels = pixels_;
    width = width_;
    height = height_;
    format = format_;
    stride = stride_;
  }
};

// What was found in one image. Spans and pointers live as long as the detection does, wherever it
// is moved.
class Detection {
 public:
  explicit Detection(frt_result *result) : result_(result) {
    check(frt_result_get(result, &found_));
  }
  // All that was found: score, verdict, sizes, counts.
  const frt_detection &operator*() const noexcept { return found_; }
  const frt_detection *operator->() const noexcept { return &found_; }

  Span<const float> probability() const noexcept { return {found_.probability, pixels()}; }
  // Empty for one member under one symmetry.
  Span<const float> uncertainty() const noexcept {
    return {found_.uncertainty, found_.uncertainty == nullptr ? 0 : pixels()};
  }
  Span<const std::uint8_t> mask() const noexcept { return {found_.mask, pixels()}; }
  Span<const frt_region> regions() const noexcept { return {found_.regions, found_.region_count}; }

 private:
  struct Free {
    void operator()(frt_result *result) const noexcept { frt_result_free(result); }
  };
  std::size_t pixels() const noexcept {
    return static_cast<std::size_t>(found_.width) * static_cast<std::size_t>(found_.height);
  }
  std::unique_ptr<frt_result, Free> result_;
  frt_detection found_ = FRT_DETECTION_INIT;
};

// An opened bundle. Any number of threads may call `detect` at once.
class Detector {
 public:
  explicit Detector(const std::string &folder, const frt_options &options = Options()) {
    frt_detector *opened = nullptr;
    check(frt_open(folder.c_str(), &options, &opened));
    detector_.reset(opened);
  }

  Detection detect(const frt_image &image) const {
    frt_result *result = nullptr;
    check(frt_detect(detector_.get(), &image, &result));
    return Detection(result);
  }

  void warm_up(std::int32_t width, std::int32_t height) const {
    check(frt_warm_up(detector_.get(), width, height));
  }

  frt_description describe() const {
    frt_description said = FRT_DESCRIPTION_INIT;
    check(frt_describe(detector_.get(), &said));
    return said;
  }

  frt_detector *handle() const noexcept { return detector_.get(); }

 private:
  struct Close {
    void operator()(frt_detector *detector) const noexcept { frt_close(detector); }
  };
  std::unique_ptr<frt_detector, Close> detector_;
};

}  // namespace frt

#endif  // FORENSICS_RT_HPP
