// How many CPUs this process may use, and what they are. The twin of forensics_rt/system.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace forensics_rt {

// Logical processors within the affinity and the quotas of the control groups, 1 or more.
int usable_cores();

// The same where that is fewer than the machine has; none where nothing limits the process.
std::optional<int> core_limit();

// All that the processor can do, as /proc/cpuinfo names it.
std::string cpu_flags();

// Whether the processor sums up products of 8-bit numbers without running over (VNNI).
bool multiplies_int8();

// Seconds that the processor spent on this process, and seconds that passed.
double processor_seconds();
double wall_seconds();

// Where one kind of what was made for this machine is kept; none for a user without a home folder.
std::optional<std::filesystem::path> cache_folder(const char *kind);

}  // namespace forensics_rt
