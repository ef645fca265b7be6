#include "backends/openvino_cache.hpp"

#include <system_error>
#include <utility>

#include "bundle/sha256.hpp"
#include "system/cpu.hpp"

namespace forensics_rt {
namespace {

// Of one graph: to import a larger one costs as much as to compile it.
constexpr std::uint64_t kMostGraphBytes = 64'000'000;
constexpr std::uintmax_t kMostBytes = 512'000'000;

std::string beginning_of(const FileRecord &graph) { return graph.sha256.substr(0, 16) + "-"; }

std::string name_of(const FileRecord &graph, const std::string &subject) {
  return beginning_of(graph) + sha256(subject).substr(0, 16) + ".graph";
}

// Returns why it could not be kept; empty after success.
std::string write(const KeptFiles &files, const std::string &name, const std::string &subject,
                  const ov_compiled_model_t *compiled) try {
  const std::filesystem::path part = files.new_part();
  try {
    check(ov_compiled_model_export_model(compiled, part.c_str()), "keeping a graph");
    files.keep(part, name, subject);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw;
  }
  return "";
} catch (const std::exception &error) {
  return error.what();
}

}  // namespace

CompiledGraphCache::CompiledGraphCache(const ov_core_t *core, const Log &log)
    : core_(core), log_(log), files_(cache_folder("graphs"), kMostBytes) {
  here_ = "openvino=" + openvino_build() + "\ndevice=" + core_property(core, "FULL_DEVICE_NAME") +
          "\nflags=" + sha256(cpu_flags()) + "\ncores=" + std::to_string(usable_cores()) + "\n";
}

CompiledGraphCache::~CompiledGraphCache() {
  for (std::thread &one : writing_) one.join();
  if (!failure_.empty())  // said here, where the caller is inside a call
    log_.warn(files_.folder()->string() + ": cannot be written: " + failure_ +
              ". Every start compiles the graphs again; name a folder in FORENSICS_RT_CACHE");
}

bool CompiledGraphCache::has(const FileRecord &graph) const {
  return files_.has(beginning_of(graph));
}

SharedCompiled CompiledGraphCache::load(const FileRecord &graph, int height, int width,
                                        const Settings &settings) const {
  const std::string what = subject(graph, height, width, settings);
  std::optional<std::string> read = files_.read(name_of(graph, what), what);
  if (!read) return nullptr;
  const auto content = std::make_shared<const std::string>(std::move(*read));
  ov_compiled_model_t *compiled = nullptr;
  const ov_status_e status =  // of the very bytes that were checked
      ov_core_import_model(core_, content->data(), content->size(), "CPU", &compiled);
  if (status == OK)  // the engine does not copy it: its memory lasts as long as the graph
    return SharedCompiled(compiled,
                          [content](ov_compiled_model_t *graph) { ov_compiled_model_free(graph); });
  log_.inform("a graph that was kept is compiled again: the engine does not take it");
  return nullptr;
}

void CompiledGraphCache::keep(const FileRecord &graph, int height, int width,
                              const Settings &settings, SharedCompiled compiled) {
  if (!files_.folder() || graph.bytes > kMostGraphBytes) return;
  const std::string what = subject(graph, height, width, settings);
  try {
    writing_.emplace_back(
        [this, what, name = name_of(graph, what), kept = std::move(compiled)]() noexcept {
          const std::string why = write(files_, name, what, kept.get());
          const std::lock_guard<std::mutex> guard(failing_);
          if (!why.empty()) failure_ = why;
        });
  } catch (const std::system_error &) {  // no more threads: then it is compiled again
  }
}

std::string CompiledGraphCache::subject(const FileRecord &graph, int height, int width,
                                        const Settings &settings) const {
  std::string text = "graph=" + graph.sha256 + "\ntile=" + std::to_string(height) + "x" +
                     std::to_string(width) + "\n";
  for (const auto &[name, value] : settings) text += name + "=" + value + "\n";
  return text + here_;
}

}  // namespace forensics_rt
