// The front door: an image in, a detection out. The twin of forensics_rt/detector.py.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backends/registry.hpp"
#include "bundle/opening.hpp"
#include "inference/tile_loop.hpp"
#include "results/policy.hpp"

namespace forensics_rt {

struct DetectorOptions {
  std::string recipe = "balanced";
  BackendOptions backend;
  Asked asked;
  std::int64_t max_pixels = 200'000'000;
  Log log;
};

struct Detection {
  Maps maps;
  Findings findings;
  double raw_score;
  Judgment judgment;
  Decision decision;
  std::size_t tiles;
  double seconds;
};

// Thread-safe.
class Detector {
 public:
  Detector(const std::filesystem::path &folder, const DetectorOptions &options);

  Detection detect(const Image &image);
  void warm_up(int width, int height);

  const Bundle &bundle() const { return bundle_; }
  const Recipe &recipe() const { return recipe_; }
  const Conclusions &conclusions() const { return conclusions_; }
  const TileSides &sides() const { return sides_; }
  const Capabilities &capabilities() const { return backend_->capabilities(); }

 private:
  void check_coefficients(const Image &image) const;
  Plan plan(int width, int height) const;

  Bundle bundle_;
  Recipe recipe_;
  Conclusions conclusions_;
  std::int64_t max_pixels_;
  std::unique_ptr<Backend> backend_;
  TileSides sides_;
  TileLoop loop_;
  std::unique_ptr<DeviceInferer> on_device_;  // none where the host cuts and merges
};

}  // namespace forensics_rt
