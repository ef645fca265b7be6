#include "plan/gather.hpp"

#include <algorithm>
#include <cstring>

#include "plan/tta.hpp"

namespace forensics_rt {
namespace {

// The place inside 0 ... length - 1 that a place beyond the end mirrors; the edge pixel itself is
// not repeated.
int reflect(int place, int length) {
  if (length == 1) return 0;
  const int period = 2 * (length - 1);
  const int inside = place % period;
  return std::min(inside, period - inside);
}

void to_rgb(const std::uint8_t *from, int count, Format format, Rgb *to) {
  switch (format) {
    case Format::rgb: std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(Rgb)); break;
    case Format::bgr:
      for (int i = 0; i < count; ++i, from += 3) to[i] = {from[2], from[1], from[0]};
      break;
    case Format::rgba:
      for (int i = 0; i < count; ++i, from += 4) to[i] = {from[0], from[1], from[2]};
      break;
    case Format::bgra:
      for (int i = 0; i < count; ++i, from += 4) to[i] = {from[2], from[1], from[0]};
      break;
    case Format::gray:
      for (int i = 0; i < count; ++i) to[i] = {from[i], from[i], from[i]};
      break;
  }
}

}  // namespace

void read_pixels(const Image &image, int y, int x, int count, Rgb *out) {
  const std::uint8_t *from = image.row(y) + std::ptrdiff_t{x} * bytes_of(image.format);
  to_rgb(from, count, image.format, out);
}

void Gatherer::gather(const Tile &tile, Tta symmetry, Rgb *out) {
  if (symmetry == Tta::identity) return gather_upright(tile, out);
  upright_.resize(static_cast<std::size_t>(tile.height) * static_cast<std::size_t>(tile.width));
  gather_upright(tile, upright_.data());
  turn(symmetry, upright_.data(), tile.height, tile.width, out);
}

void Gatherer::gather_upright(const Tile &tile, Rgb *out) const {
  for (int row = 0; row < tile.height; ++row) {
    const int y = tile.top + row;
    Rgb *to = out + std::ptrdiff_t{row} * tile.width;
    read_row(y < image_.height ? y : reflect(y, image_.height), tile, to);
  }
}

void Gatherer::read_row(int y, const Tile &tile, Rgb *out) const {
  const int inside = std::min(tile.width, image_.width - tile.left);
  read_pixels(image_, y, tile.left, inside, out);
  for (int column = inside; column < tile.width; ++column)
    read_pixels(image_, y, reflect(tile.left + column, image_.width), 1, out + column);
}

}  // namespace forensics_rt
