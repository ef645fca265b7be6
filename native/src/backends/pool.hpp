// Requests that serve one user at a time: made when needed, kept, and lent out.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "backends/base.hpp"

namespace forensics_rt {

class RequestPool : public Requests {
 public:
  std::unique_ptr<Request> take() override {
    {
      const std::lock_guard<std::mutex> guard(changing_);
      if (!idle_.empty()) {
        std::unique_ptr<Request> request = std::move(idle_.back());
        idle_.pop_back();
        return request;
      }
      idle_.reserve(++count_);  // so that giving back cannot fail
    }
    return make();
  }

  void give_back(std::unique_ptr<Request> request) noexcept override {
    const std::lock_guard<std::mutex> guard(changing_);
    idle_.push_back(std::move(request));
  }

 protected:
  virtual std::unique_ptr<Request> make() = 0;  // may be called by two threads at once

 private:
  std::mutex changing_;
  std::vector<std::unique_ptr<Request>> idle_;
  std::size_t count_ = 0;
};

}  // namespace forensics_rt
