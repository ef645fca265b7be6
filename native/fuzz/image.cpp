// Any description of an image: it is refused, or every pixel is read where it lies, once and no
// byte beside it, and the map shows them; so with the coefficients of its JPEG. The network is a
// stand-in that answers brightness, and what it reads of the coefficients.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "api/convert.hpp"
#include "backends/pool.hpp"
#include "bytes.hpp"
#include "coefficients.hpp"
#include "errors.hpp"
#include "inference/tile_loop.hpp"
#include "results/regions.hpp"

namespace rt = forensics_rt;

namespace {

constexpr std::ptrdiff_t kMostBytes = 1 << 20;
constexpr int kMostSide = 100;
constexpr std::int64_t kMostPixels = 200'000'000;

float brightness(rt::Rgb pixel) {
  return static_cast<float>(pixel.r + pixel.g + pixel.b) / (3 * 255.0f);
}

class Answer : public rt::Request {
 public:
  Answer(rt::TileShape shape, std::optional<int> limit)
      : width_(static_cast<std::size_t>(shape.width)),
        limit_(limit),
        tile_(static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width)),
        answer_(tile_.size()),
        dct_(limit ? tile_.size() : 0),
        table_(limit ? 64 : 0) {}
  rt::Rgb *input() override { return tile_.data(); }
  rt::CoefficientInputs coefficients() override { return {dct_.data(), table_.data()}; }
  void start() override {
    std::transform(tile_.begin(), tile_.end(), answer_.begin(), brightness);
    for (std::size_t i = 0; i < dct_.size(); ++i) {
      const std::size_t in_block = i / width_ % 8 * 8 + i % width_ % 8;
      answer_[i] = (answer_[i] + share_of(dct_[i], table_[in_block], *limit_)) / 2;
    }
  }
  const float *answer() override { return answer_.data(); }

 private:
  std::size_t width_;
  std::optional<int> limit_;
  std::vector<rt::Rgb> tile_;
  std::vector<float> answer_;
  std::vector<std::int32_t> dct_, table_;
};

class Answers : public rt::RequestPool {
 public:
  Answers(rt::TileShape shape, std::optional<int> limit) : shape_(shape), limit_(limit) {}

 protected:
  std::unique_ptr<rt::Request> make() override { return std::make_unique<Answer>(shape_, limit_); }

 private:
  rt::TileShape shape_;
  std::optional<int> limit_;
};

class StandIn : public rt::Backend {
 public:
  explicit StandIn(std::optional<int> limit) : limit_(limit) {}
  const rt::Capabilities &capabilities() const override { return capabilities_; }
  int side_by_side() override { return 2; }
  std::shared_ptr<rt::Requests> requests(int, rt::TileShape shape) override {
    auto &known = known_[{shape.height, shape.width}];
    if (!known) known = std::make_shared<Answers>(shape, limit_);
    return known;
  }

 private:
  std::optional<int> limit_;  // of coefficients, where they are read
  rt::Capabilities capabilities_{"stand-in", "1", "cpu", "f32", "", true};
  std::map<std::pair<int, int>, std::shared_ptr<Answers>> known_;
};

frt_image image_of(Bytes &bytes) {
  frt_image image = FRT_IMAGE_INIT;
  const bool likely = bytes.take<std::uint8_t>() % 4 != 0;
  if (!likely) {
    image.size = bytes.take<std::uint8_t>();
    image.width = bytes.take<std::int32_t>();
    image.height = bytes.take<std::int32_t>();
    image.stride = bytes.take<std::int64_t>();
    image.format = bytes.take<std::int32_t>();
    image.memory = bytes.take<std::uint8_t>() % 3;
    return image;
  }
  image.width = bytes.take<std::uint16_t>() % kMostSide;
  image.height = bytes.take<std::uint16_t>() % kMostSide;
  image.format = bytes.take<std::uint8_t>() % 6;
  const std::ptrdiff_t row = image.width * 4 + bytes.take<std::int8_t>();
  image.stride = bytes.take<std::uint8_t>() % 2 == 0 ? row : -row;
  return image;
}

rt::Recipe recipe_of(Bytes &bytes) {
  const std::array<const char *, 4> names = {"fast", "balanced", "max", "tianchi-fft2"};
  rt::Recipe recipe = rt::presets().at(names[bytes.take<std::uint8_t>() % names.size()]);
  if (recipe.tile_sizes) recipe.tile_sizes = {{32, 64, 160}};
  if (recipe.overlap >= 32) recipe.overlap = 24;
  recipe.members = 1;
  return recipe;
}

// The memory that an image says it has, and not one byte more.
struct Memory {
  explicit Memory(const rt::Image &image, std::uint8_t seed) {
    const int channels = image.format == rt::Format::gray   ? 1
                         : image.format >= rt::Format::rgba ? 4
                                                            : 3;
    const std::ptrdiff_t below = std::abs(image.stride) * (image.height - 1);
    bytes.resize(static_cast<std::size_t>(below + image.width * std::ptrdiff_t{channels}));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>(seed + i * 97 + i / 251);
    first = bytes.data() + (image.stride < 0 ? below : 0);
  }
  std::vector<std::uint8_t> bytes;
  const std::uint8_t *first;  // of the uppermost row
};

rt::Rgb pixel_of(const rt::Image &image, int x, int y) {
  const std::uint8_t *row = image.row(y);
  switch (image.format) {
    case rt::Format::rgb: return {row[3 * x], row[3 * x + 1], row[3 * x + 2]};
    case rt::Format::bgr: return {row[3 * x + 2], row[3 * x + 1], row[3 * x]};
    case rt::Format::rgba: return {row[4 * x], row[4 * x + 1], row[4 * x + 2]};
    case rt::Format::bgra: return {row[4 * x + 2], row[4 * x + 1], row[4 * x]};
    default: return {row[x], row[x], row[x]};
  }
}

[[noreturn]] void fail(const char *what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void check_map(const rt::Image &image, const CoefficientMemory *read, int limit,
               const rt::Maps &maps) {
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const float found =
          maps.probability[static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                           static_cast<std::size_t>(x)];
      float expected = brightness(pixel_of(image, x, y));
      if (read != nullptr)
        expected = (expected + share_of(read->coefficient(x, y), read->divisor(x, y), limit)) / 2;
      // The recipe of the original system rounds answers to 8 bits.
      if (!(std::abs(found - expected) <= 0.5f / 255 + 1e-5f))
        fail("the map shows another pixel or coefficient");
    }
}

void run(const frt_image &described, Bytes &bytes) {
  rt::Image image = rt::image_of(&described);
  const std::optional<rt::Coefficients> given = rt::coefficients_of(&described);
  if (std::int64_t{image.width} * image.height > kMostPixels) return;  // as a detector refuses it
  const rt::Recipe recipe = recipe_of(bytes);
  rt::TileSides sides{{32, 64, 160}, {}};
  if (bytes.take<std::uint8_t>() % 2 == 0) sides.fitting = {32, 64, 96, 128, 160};
  if (image.width > kMostSide || image.height > kMostSide ||
      std::abs(image.stride) > kMostBytes / image.height) {
    rt::plan_for(recipe, std::min(image.height, 1 << 16), std::min(image.width, 1 << 16), sides);
    return;
  }
  const Memory memory(image, bytes.take<std::uint8_t>());
  image.pixels = memory.first;
  // Recipes that turn tiles or cut through blocks are refused with a bundle that reads them.
  std::optional<CoefficientMemory> read;
  std::optional<int> limit;
  if (given && CoefficientMemory::fits(*given) && recipe.tta.size() == 1 &&
      recipe.merge == rt::Merge::blend) {
    read.emplace(*given, bytes.take<std::uint8_t>());
    image.coefficients = &read->get();
    limit = 1 + bytes.take<std::uint16_t>();
  }
  StandIn backend(limit);
  rt::TileLoop loop(backend, recipe, {1.0}, 1, limit);
  const rt::Maps maps = loop.run(image, rt::plan_for(recipe, image.height, image.width, sides));
  check_map(image, read ? &*read : nullptr, limit.value_or(0), maps);
  for (const rt::Region &region : rt::find_regions(maps, {0.5, {}}).regions)
    if (region.left < 0 || region.top < 0 || region.left + region.width > image.width ||
        region.top + region.height > image.height)
      fail("a region reaches out of the image");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  Bytes bytes(data, size);
  frt_image described = image_of(bytes);
  described.pixels = data;  // not read: memory of the right size takes its place
  const frt_coefficients coefficients = describe_coefficients(bytes, described);
  if (bytes.take<std::uint8_t>() % 4 != 0) described.coefficients = &coefficients;
  try {
    run(described, bytes);
  } catch (const rt::Error &error) {
    const frt_status status = error.status();
    if (status != FRT_INVALID_ARGUMENT && status != FRT_RECIPE_INVALID &&
        status != FRT_BACKEND_UNAVAILABLE && status != FRT_IMAGE_TOO_LARGE)
      fail(error.what());
  }
  return 0;
}
