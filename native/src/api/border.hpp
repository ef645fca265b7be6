// Where exceptions end: a status and a message of the thread take their place.
#pragma once

#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>

#include "errors.hpp"
#include "utf8.hpp"

namespace forensics_rt {

// The message of the last failure on this thread. Setting it never fails: a long one is cut.
class LastError {
 public:
  static const char *get() noexcept { return text(); }
  static void set(const char *message) noexcept {
    std::snprintf(text(), kSize, "%s", message);
    make_utf8(text());
  }

 private:
  static constexpr std::size_t kSize = 2048;
  static char *text() noexcept {
    static thread_local char kept[kSize] = "";
    return kept;
  }
};

template <typename Body>
frt_status guarded(Body body) noexcept {
  frt_status status = FRT_INTERNAL_ERROR;
  try {
    body();
    return FRT_OK;
  } catch (const Error &error) {
    LastError::set(error.what());
    status = error.status();
  } catch (const std::bad_alloc &) {
    LastError::set("too little memory is free; free some, or show smaller images");
    status = FRT_OUT_OF_MEMORY;
  } catch (const std::exception &error) {
    LastError::set(error.what());
  } catch (...) {
    LastError::set("an exception of an unknown kind");
  }
  return status;
}

}  // namespace forensics_rt
