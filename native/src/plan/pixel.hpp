// Pixels as a caller has them, and as a network sees them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace forensics_rt {

struct Rgb {
  std::uint8_t r, g, b;
};
static_assert(sizeof(Rgb) == 3, "tiles are N x H x W x 3 bytes");

inline bool operator==(Rgb a, Rgb b) { return a.r == b.r && a.g == b.g && a.b == b.b; }

struct Coefficients;

enum class Format { rgb, bgr, rgba, bgra, gray };
enum class Memory { host, cuda };  // where pixels lie

inline int bytes_of(Format format) {
  return format == Format::gray ? 1 : format == Format::rgba || format == Format::bgra ? 4 : 3;
}

struct Image {
  const std::uint8_t *pixels;  // of the uppermost row
  int width;
  int height;
  std::ptrdiff_t stride;  // bytes from a row to the one below
  Format format;
  Memory memory = Memory::host;
  const Coefficients *coefficients = nullptr;  // of its JPEG, where they were given

  const std::uint8_t *row(int y) const { return pixels + y * stride; }
};

}  // namespace forensics_rt
