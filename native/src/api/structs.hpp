// Structures that begin with their size: how much of them the caller knows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "errors.hpp"

namespace forensics_rt {

template <typename Struct>
void check_size(const Struct *given, const char *name) {
  constexpr std::size_t least = sizeof(std::size_t);
  if (given == nullptr) throw Error(FRT_INVALID_ARGUMENT, std::string(name) + " must not be NULL");
  if (given->size <= least || given->size > 1u << 16)
    throw Error(FRT_INVALID_ARGUMENT,
                std::string(name) + ".size is " + std::to_string(given->size) + ", expected " +
                    std::to_string(sizeof(Struct)) + "; start from its _INIT value");
}

// What the caller knows of a structure; the rest is zero, which leaves the choice to the library.
template <typename Struct>
Struct read_struct(const Struct *given, const char *name) {
  check_size(given, name);
  Struct known{};
  std::memcpy(static_cast<void *>(&known), given, std::min(given->size, sizeof(Struct)));
  return known;
}

// Fills in what the caller knows of a structure, and leaves its size as it is.
template <typename Struct>
void write_struct(Struct filled, Struct *out, const char *name) {
  check_size(out, name);
  filled.size = out->size;
  std::memcpy(static_cast<void *>(out), &filled, std::min(out->size, sizeof(Struct)));
}

}  // namespace forensics_rt
