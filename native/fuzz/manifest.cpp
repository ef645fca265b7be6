// Any bytes as a manifest: they are one, or they are refused as none. Nothing else may happen.
#include "bundle/manifest.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "errors.hpp"
#include "results/policy.hpp"

namespace rt = forensics_rt;

namespace {

[[noreturn]] void fail(const char *what, const char *message) {
  std::fprintf(stderr, "%s: %s\n", what, message);
  std::abort();
}

// A manifest that was taken can be run: its recipes fit it, or are refused as recipes.
void use(const rt::Manifest &manifest) {
  for (const auto &entry : manifest.recipes) {
    try {
      const rt::Recipe recipe = rt::find_recipe(entry.first, manifest);
      if (recipe.tile_sizes->empty() || *recipe.members < 1) fail("recipe", entry.first.c_str());
    } catch (const rt::Error &error) {
      if (error.status() != FRT_RECIPE_INVALID) fail("recipe", error.what());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string json(reinterpret_cast<const char *>(data), size);
  try {
    use(rt::parse_manifest(json, "manifest.json"));
  } catch (const rt::Error &error) {
    if (error.status() != FRT_MANIFEST_INVALID) fail("status", error.what());
  } catch (const std::exception &error) {
    fail("exception", error.what());
  }
  return 0;
}
