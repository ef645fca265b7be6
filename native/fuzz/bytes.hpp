// Values out of the bytes of a fuzzer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

// Gives zeros after the end of the bytes.
class Bytes {
 public:
  Bytes(const std::uint8_t *data, std::size_t size) : next_(data), left_(size) {}
  template <typename Value>
  Value take() {
    Value value{};
    const std::size_t count = std::min(sizeof value, left_);
    if (count > 0) std::memcpy(&value, next_, count);
    next_ += count;
    left_ -= count;
    return value;
  }

 private:
  const std::uint8_t *next_;
  std::size_t left_;
};
