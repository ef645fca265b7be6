#include "system/cpu.hpp"

#include <pwd.h>
#include <sched.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace forensics_rt {
namespace {

namespace fs = std::filesystem;

int machine_cores() { return std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN))); }

int affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : machine_cores();
}

std::optional<double> quota_of(const fs::path &group) {
  double quota = 0, period = 0;
  std::ifstream together(group / "cpu.max");  // of version 2
  if (together) {
    if (!(together >> quota >> period)) return std::nullopt;  // "max"
  } else {
    std::ifstream first(group / "cpu.cfs_quota_us"), second(group / "cpu.cfs_period_us");
    if (!(first >> quota) || !(second >> period)) return std::nullopt;
  }
  return quota > 0 && period > 0 ? std::optional<double>(quota / period) : std::nullopt;
}

double seconds_of(clockid_t clock) {
  timespec spent{};
  clock_gettime(clock, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

// The folders of the groups that this process is in, and of those above them.
std::vector<fs::path> groups() {
  std::vector<fs::path> found;
  std::ifstream list("/proc/self/cgroup");
  for (std::string line; std::getline(list, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool all = controllers == ",,";
    if (!all && controllers.find(",cpu,") == std::string::npos) continue;
    const std::vector<fs::path> mounted =
        all ? std::vector<fs::path>{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}
            : std::vector<fs::path>{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"};
    for (fs::path group = fs::path(line.substr(second + 1)).relative_path();;
         group = group.parent_path()) {
      for (const fs::path &root : mounted) found.push_back(group.empty() ? root : root / group);
      if (group.empty()) break;
    }
  }
  return found;
}

}  // namespace

int usable_cores() {
  double least = affinity();
  for (const fs::path &group : groups())
    if (const auto quota = quota_of(group)) least = std::min(least, std::ceil(*quota));
  return std::max(1, static_cast<int>(least));
}

std::optional<int> core_limit() {
  const int usable = usable_cores();
  return usable < machine_cores() ? std::optional<int>(usable) : std::nullopt;
}

std::string cpu_flags() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("flags", 0) != 0 && line.rfind("Features", 0) != 0) continue;
    const std::size_t first = line.find_first_not_of(": \t", line.find_first_of(": \t"));
    return first == std::string::npos
               ? ""
               : line.substr(first, line.find_last_not_of(" \t") + 1 - first);
  }
  return "";
}

bool multiplies_int8() {
  std::istringstream words(cpu_flags());
  for (std::string word; words >> word;)
    if (word == "avx_vnni" || word == "avx512_vnni") return true;
  return false;
}

double processor_seconds() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

double wall_seconds() { return seconds_of(CLOCK_MONOTONIC); }

std::optional<fs::path> cache_folder(const char *kind) {
  const auto named = [](const char *variable) -> std::string {
    const char *value = std::getenv(variable);
    return value == nullptr ? "" : value;
  };
  if (const std::string folder = named("FORENSICS_RT_CACHE"); !folder.empty())
    return fs::path(folder) / kind;
  if (const std::string folder = named("XDG_CACHE_HOME"); !folder.empty())
    return fs::path(folder) / "forensics_rt" / kind;
  std::string home = named("HOME");
  if (home.empty())
    if (const passwd *user = getpwuid(getuid())) home = user->pw_dir;
  if (home.empty() || home[0] != '/') return std::nullopt;
  return fs::path(home) / ".cache" / "forensics_rt" / kind;
}

}  // namespace forensics_rt
