// Any description of the coefficients of a JPEG, and the memory that it tells of.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "bytes.hpp"
#include "forensics_rt.h"
#include "plan/coefficients.hpp"

namespace rt = forensics_rt;

inline frt_coefficients describe_coefficients(Bytes &bytes, const frt_image &image) {
  frt_coefficients said = FRT_COEFFICIENTS_INIT;
  // Not read: memory of the right size takes their place.
  static const std::int16_t block{};
  static const std::uint16_t table{};
  said.blocks = &block;
  said.quantization = &table;
  const auto kind = bytes.take<std::uint8_t>();
  if (kind % 4 == 0) {
    if (kind & 4) said.blocks = nullptr;
    if (kind & 8) said.quantization = nullptr;
    said.size = bytes.take<std::uint8_t>();
    said.columns = bytes.take<std::int32_t>();
    said.rows = bytes.take<std::int32_t>();
    said.stride = bytes.take<std::int64_t>();
    return said;
  }
  said.columns = image.width / rt::kJpegBlock + bytes.take<std::uint8_t>() % 8;
  said.rows = image.height / rt::kJpegBlock + bytes.take<std::uint8_t>() % 8;
  const std::ptrdiff_t row = std::ptrdiff_t{said.columns} * 128 + bytes.take<std::int8_t>();
  said.stride = kind % 4 == 1 ? 0 : kind % 4 == 2 ? row : -row;
  return said;
}

// What coefficients say they have, and not one byte more.
class CoefficientMemory {
 public:
  CoefficientMemory(const rt::Coefficients &described, std::uint8_t seed) : of_(described) {
    const std::ptrdiff_t below = std::abs(stride()) * (of_.rows - 1);
    numbers_.resize(static_cast<std::size_t>(below + std::ptrdiff_t{of_.columns} * 64));
    std::uint32_t next = seed;
    for (auto &number : numbers_) number = static_cast<std::int16_t>(random(next));
    for (auto &number : table_) number = static_cast<std::uint16_t>(random(next));
    of_.blocks = numbers_.data() + (stride() < 0 ? below : 0);
    of_.quantization = table_.data();
  }
  CoefficientMemory(const CoefficientMemory &) = delete;
  CoefficientMemory &operator=(const CoefficientMemory &) = delete;

  static bool fits(const rt::Coefficients &described) {
    return described.columns <= 64 && described.rows <= 64 &&
           std::abs(described.stride) <= 2 * 64 * 128;
  }
  const rt::Coefficients &get() const { return of_; }
  int coefficient(int x, int y) const {
    return of_.blocks[y / 8 * stride() + x / 8 * 64 + y % 8 * 8 + x % 8];
  }
  int divisor(int x, int y) const { return table_[static_cast<std::size_t>(y % 8 * 8 + x % 8)]; }

 private:
  static std::uint32_t random(std::uint32_t &state) {
    return (state = state * 1664525u + 1013904223u) >> 16;
  }
  std::ptrdiff_t stride() const { return of_.stride / 2; }  // in numbers

  rt::Coefficients of_;
  std::vector<std::int16_t> numbers_;
  std::vector<std::uint16_t> table_ = std::vector<std::uint16_t>(64);
};

// What a stand-in answers that reads them, in [0, 1].
inline float share_of(int coefficient, int divisor, int limit) {
  const int clipped = std::min(std::max(coefficient, -limit), limit);
  return (static_cast<float>(clipped + limit) / static_cast<float>(2 * limit) +
          static_cast<float>(divisor) / 65535.0f) /
         2;
}
