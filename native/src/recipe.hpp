// Recipes: how a bundle is run over an image. The twin of forensics_rt/recipe.py.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace forensics_rt {

enum class Window { flat, pyramid, gaussian };
enum class Merge { blend, tianchi_fft2 };
// The eight symmetries of the square; rotations are counter-clockwise.
enum class Tta {
  identity,
  rotate90,
  rotate180,
  rotate270,
  flip_left_right,
  flip_up_down,
  transpose,
  transverse
};

struct Recipe {
  std::string name;
  std::optional<std::vector<int>> tile_sizes;  // none: all of the bundle's
  int overlap = 24;
  Window window = Window::pyramid;
  std::vector<Tta> tta = {Tta::identity};
  std::optional<int> members;  // that vote, from the first; none: all
  Merge merge = Merge::blend;
  std::optional<double> exit_threshold;  // of a cascade
  std::optional<double> threshold;
  std::optional<double> high_threshold;
  std::optional<int> high_area;
  std::optional<std::vector<double>> weights;  // of these members; none: those of the bundle
};

// Names as Python and manifests have them; `none` where there is no such name.
std::optional<Window> window_named(const std::string &name);
std::optional<Merge> merge_named(const std::string &name);
std::optional<Tta> tta_named(const std::string &name);

const std::map<std::string, Recipe> &presets();

// Refuses values that no image could be run with (FRT_RECIPE_INVALID).
void check_recipe(const Recipe &recipe);

}  // namespace forensics_rt
