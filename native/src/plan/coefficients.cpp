#include "plan/coefficients.hpp"

#include <algorithm>

namespace forensics_rt {
namespace {

constexpr int kInABlock = kJpegBlock * kJpegBlock;

int blocks_in(int length) { return (length + kJpegBlock - 1) / kJpegBlock; }

const std::int16_t *block_at(const Coefficients &of, int row, int column) {
  const auto *bytes = reinterpret_cast<const char *>(of.blocks) + row * of.stride;
  return reinterpret_cast<const std::int16_t *>(bytes) + std::ptrdiff_t{column} * kInABlock;
}

}  // namespace

void gather_coefficients(const Coefficients &of, int height, int width, int limit, const Tile &tile,
                         CoefficientInputs out) {
  std::copy_n(of.quantization, kInABlock, out.quantization);
  std::fill_n(out.dct, std::ptrdiff_t{tile.height} * tile.width, 0);
  const int top = tile.top / kJpegBlock, left = tile.left / kJpegBlock;
  const int rows = std::min(blocks_in(height) - top, tile.height / kJpegBlock);
  const int columns = std::min(blocks_in(width) - left, tile.width / kJpegBlock);
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      const std::int16_t *block = block_at(of, top + row, left + column);
      std::int32_t *to =
          out.dct + (std::ptrdiff_t{row} * tile.width + column) * std::ptrdiff_t{kJpegBlock};
      for (int u = 0; u < kJpegBlock; ++u, to += tile.width, block += kJpegBlock)
        std::transform(block, block + kJpegBlock, to, [limit](std::int16_t value) {
          return std::clamp<std::int32_t>(value, -limit, limit);
        });
    }
}

void blank_coefficients(int height, int width, CoefficientInputs out) {
  std::fill_n(out.dct, std::ptrdiff_t{height} * width, 0);
  std::fill_n(out.quantization, kInABlock, 1);
}

}  // namespace forensics_rt
