#include "backends/device_word.hpp"

#include "errors.hpp"

namespace forensics_rt {

Place place_of(const std::string &device) {
  if (device == "cpu" || device == "cuda") return {device, 0};
  const std::string number = device.rfind("cuda:", 0) == 0 ? device.substr(5) : "";
  const bool whole = !number.empty() && number.size() <= 4 &&
                     number.find_first_not_of("0123456789") == std::string::npos;
  if (whole && (number == "0" || number[0] != '0')) return {"cuda", std::stoi(number)};
  throw Error(FRT_BACKEND_UNAVAILABLE,
              "device must be 'cpu', 'cuda' or a GPU by its number such as 'cuda:1', but is '" +
                  device + "'");
}

}  // namespace forensics_rt
