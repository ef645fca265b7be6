// The one kind of error: what failed, and a message that says what was found, what was expected,
// and what to do.
#pragma once

#include <stdexcept>
#include <string>

#include "forensics_rt.h"

namespace forensics_rt {

class Error : public std::runtime_error {
 public:
  Error(frt_status status, const std::string &message)
      : std::runtime_error(message), status_(status) {}
  frt_status status() const noexcept { return status_; }

 private:
  frt_status status_;
};

}  // namespace forensics_rt
