#include "inference/coming_again.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "bundle/sha256.hpp"
#include "plan/gather.hpp"

namespace forensics_rt {
namespace {

constexpr int kSampledRows = 16;

using Place = std::pair<int, int>;  // top and left; tiles of one recipe at one place are the same

Place place_of(const Tile &tile) { return {tile.top, tile.left}; }

// The part of a tile that lies in the image, row by row.
class Cut {
 public:
  Cut(const Image &image, const Tile &tile)
      : image_(image),
        tile_(tile),
        rows_(std::min(tile.height, image.height - tile.top)),
        columns_(std::min(tile.width, image.width - tile.left)),
        row_(static_cast<std::size_t>(columns_)) {}

  bool is_constant() {
    const Rgb first = *read(0);
    for (int row = 0; row < rows_; ++row) {
      const Rgb *pixels = read(row);
      if (!std::all_of(pixels, pixels + columns_, [&](Rgb one) { return one == first; }))
        return false;
    }
    return true;
  }

  std::string color() {
    const Rgb *first = read(0);
    return {reinterpret_cast<const char *>(first), sizeof(Rgb)};
  }

  // Of every so many rows. Where tiles reach beyond the image, cuts of one shape are reflected
  // alike.
  std::string digest(int every) {
    Digest digest;
    const int shape[] = {tile_.height, tile_.width, rows_, columns_};
    digest.add(reinterpret_cast<const char *>(shape), sizeof shape);
    for (int row = 0; row < rows_; row += every)
      digest.add(reinterpret_cast<const char *>(read(row)), row_.size() * sizeof(Rgb));
    return digest.hexadecimal();
  }

 private:
  const Rgb *read(int row) {
    read_pixels(image_, tile_.top + row, tile_.left, columns_, row_.data());
    return row_.data();
  }

  const Image &image_;
  const Tile &tile_;
  int rows_, columns_;
  std::vector<Rgb> row_;
};

// A digest of each of some tiles that another one has, too; `every` as in Cut.
std::map<std::size_t, std::string> alike(const Image &image, const std::vector<Tile> &tiles,
                                         const std::vector<std::size_t> &among, int every) {
  std::map<std::string, std::vector<std::size_t>> with;
  for (const std::size_t tile : among) with[Cut(image, tiles[tile]).digest(every)].push_back(tile);
  std::map<std::size_t, std::string> found;
  for (const auto &[digest, places] : with)
    if (places.size() > 1)
      for (const std::size_t tile : places) found[tile] = digest;
  return found;
}

}  // namespace

ComingAgain find_coming_again(const Image &image, const std::vector<Tile> &tiles) {
  ComingAgain again{std::vector<std::string>(tiles.size()), 0, 0};
  std::map<Place, std::size_t> first;  // some recipes cut a tile twice
  std::vector<std::size_t> others;
  int tallest = 1;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    if (!first.emplace(place_of(tiles[i]), i).second) continue;
    Cut cut(image, tiles[i]);
    tallest = std::max(tallest, tiles[i].height);
    if (cut.is_constant()) {
      again.names[i] = cut.color();
      ++again.constant;
    } else {
      others.push_back(i);
    }
  }
  // Few rows tell nearly all tiles of a page apart.
  const auto likely = alike(image, tiles, others, (tallest + kSampledRows - 1) / kSampledRows);
  others.clear();
  for (const auto &one : likely) others.push_back(one.first);
  std::map<std::string, int> times;
  for (const auto &[tile, digest] : alike(image, tiles, others, 1)) {
    again.names[tile] = digest;
    if (times[digest]++ > 0) ++again.repeated;
  }
  for (std::size_t i = 0; i < tiles.size(); ++i)
    again.names[i] = again.names[first.at(place_of(tiles[i]))];
  return again;
}

}  // namespace forensics_rt
