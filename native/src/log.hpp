#pragma once

#include <string>

#include "forensics_rt.h"
#include "utf8.hpp"

namespace forensics_rt {

// Where messages go: the caller's function, or nowhere.
struct Log {
  frt_log_fn take = nullptr;
  void *user = nullptr;

  void warn(const std::string &message) const { say(FRT_LOG_WARNING, message); }
  void inform(const std::string &message) const { say(FRT_LOG_INFO, message); }

 private:
  void say(frt_log_level level, std::string message) const {
    make_utf8(message.data());
    if (take != nullptr) take(level, message.c_str(), user);
  }
};

}  // namespace forensics_rt
