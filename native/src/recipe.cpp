#include "recipe.hpp"

#include <algorithm>
#include <set>

#include "errors.hpp"

namespace forensics_rt {
namespace {

template <typename Value>
std::optional<Value> find(const std::map<std::string, Value> &names, const std::string &name) {
  const auto found = names.find(name);
  return found == names.end() ? std::nullopt : std::optional<Value>(found->second);
}

Recipe preset(const std::string &name, int overlap) {
  Recipe recipe;
  recipe.name = name;
  recipe.overlap = overlap;
  return recipe;
}

std::map<std::string, Recipe> make_presets() {
  Recipe fast = preset("fast", 16);
  fast.members = 1;
  Recipe max = preset("max", 128);
  max.tta = {Tta::identity,        Tta::rotate90,     Tta::rotate180, Tta::rotate270,
             Tta::flip_left_right, Tta::flip_up_down, Tta::transpose, Tta::transverse};
  Recipe original = preset("tianchi-fft2", 0);
  original.tile_sizes = {384, 512, 768, 1024};
  original.window = Window::flat;
  original.merge = Merge::tianchi_fft2;
  original.threshold = 0.5;
  std::map<std::string, Recipe> all;
  for (const Recipe &recipe : {fast, preset("balanced", 24), max, original})
    all.emplace(recipe.name, recipe);
  return all;
}

}  // namespace

std::optional<Window> window_named(const std::string &name) {
  static const std::map<std::string, Window> names = {
      {"flat", Window::flat}, {"pyramid", Window::pyramid}, {"gaussian", Window::gaussian}};
  return find(names, name);
}

std::optional<Merge> merge_named(const std::string &name) {
  static const std::map<std::string, Merge> names = {{"blend", Merge::blend},
                                                     {"tianchi-fft2", Merge::tianchi_fft2}};
  return find(names, name);
}

std::optional<Tta> tta_named(const std::string &name) {
  static const std::map<std::string, Tta> names = {{"identity", Tta::identity},
                                                   {"rotate90", Tta::rotate90},
                                                   {"rotate180", Tta::rotate180},
                                                   {"rotate270", Tta::rotate270},
                                                   {"flip_left_right", Tta::flip_left_right},
                                                   {"flip_up_down", Tta::flip_up_down},
                                                   {"transpose", Tta::transpose},
                                                   {"transverse", Tta::transverse}};
  return find(names, name);
}

const std::map<std::string, Recipe> &presets() {
  static const std::map<std::string, Recipe> all = make_presets();
  return all;
}

void check_recipe(const Recipe &recipe) {
  const auto refuse = [&](const std::string &reason) {
    throw Error(FRT_RECIPE_INVALID, "recipe '" + recipe.name + "': " + reason);
  };
  if (recipe.overlap < 0)
    refuse("overlap is " + std::to_string(recipe.overlap) + ", must be 0 or more");
  const auto &sizes = recipe.tile_sizes;
  if (sizes &&
      (sizes->empty() || *std::min_element(sizes->begin(), sizes->end()) <= recipe.overlap))
    refuse("tile sizes must be larger than the overlap of " + std::to_string(recipe.overlap));
  if (recipe.tta.empty()) refuse("needs a symmetry; write 'identity' for none");
  const std::set<Tta> different(recipe.tta.begin(), recipe.tta.end());
  if (recipe.merge == Merge::blend && different.size() != recipe.tta.size())
    refuse("repeats a symmetry; name each once");
  if (recipe.members && *recipe.members < 1) refuse("members must be at least 1");
  if (recipe.high_area && *recipe.high_area < 1) refuse("high_area must be at least 1");
  if (recipe.weights && recipe.members &&
      recipe.weights->size() != static_cast<std::size_t>(*recipe.members))
    refuse("needs a weight for each of " + std::to_string(*recipe.members) + " members");
  if (recipe.weights && recipe.merge != Merge::blend)
    refuse("only merge 'blend' weighs members; leave out weights");
  if (recipe.exit_threshold && recipe.merge != Merge::blend)
    refuse("only merge 'blend' can be a cascade; leave out exit_threshold");
  for (const auto &probability : {recipe.threshold, recipe.high_threshold, recipe.exit_threshold})
    if (probability && !(*probability > 0.0 && *probability < 1.0))
      refuse("thresholds must lie between 0 and 1, got " + std::to_string(*probability));
}

}  // namespace forensics_rt
