// The port: what every engine can do. The twin of forensics_rt/backends/base.py, for one tile.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plan/coefficients.hpp"
#include "plan/maps.hpp"
#include "plan/pixel.hpp"
#include "plan/tiling.hpp"

namespace forensics_rt {

// Memory for one tile and its answer, and the way of one to the other. Serves one thread at a time.
class Request {
 public:
  virtual ~Request() = default;
  virtual Rgb *input() = 0;  // to be filled: height x width pixels
  // To be filled, too, where the networks read the coefficients of JPEG.
  virtual CoefficientInputs coefficients() { return {nullptr, nullptr}; }
  virtual void start() = 0;           // does not wait
  virtual const float *answer() = 0;  // waits; height x width, valid until the next start
};

// Lends requests of one network at one tile size, and takes them back. Thread-safe.
class Requests {
 public:
  virtual ~Requests() = default;
  virtual std::unique_ptr<Request> take() = 0;
  // Not after a failure: the request may still be running.
  virtual void give_back(std::unique_ptr<Request> request) noexcept = 0;
};

struct Capabilities {
  std::string name;     // such as "openvino"
  std::string version;  // of the engine
  std::string device;
  std::string precision;         // of the arithmetic, such as "bf16"
  std::string precision_reason;  // empty where there was no choice
  bool rectangles;               // whether tiles of any height and width cost about what squares do
};

// What a graph is compiled for: tiles of a shape, so many at once. A tile that comes alone gets the
// whole processor. The answers are the same, to the bit.
struct TileShape {
  int height, width;
  int side_by_side = 1;
};

// Whether tiles are of one shape, and so many at once.
inline bool operator==(TileShape a, TileShape b) {
  return a.height == b.height && a.width == b.width && a.side_by_side == b.side_by_side;
}

// Takes whole images through a device: tiles are cut, computed and merged there. Thread-safe.
class DeviceInferer {
 public:
  virtual ~DeviceInferer() = default;
  virtual Maps run(const Image &image, const Plan &plan) = 0;
};

// Runs the networks of one bundle. Thread-safe.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual const Capabilities &capabilities() const = 0;
  // How many tiles at once it is at its best with; measured when first asked for.
  virtual int side_by_side() = 0;
  // Compiles a network for a shape of tiles where that has not been done.
  virtual std::shared_ptr<Requests> requests(int network, TileShape shape) = 0;
  // What takes images through its device; none where it has none. Ends before the backend does.
  virtual std::unique_ptr<DeviceInferer> on_device(const Recipe &, const std::vector<double> &) {
    return nullptr;
  }
  // Copies the rows of an image on its device to the host, one after the other.
  virtual std::vector<std::uint8_t> to_host(const Image &image);
};

// Refuses what is no probability (FRT_ENGINE_FAILED).
void check_answer(const float *answer, std::size_t count, const Capabilities &of, int network);

}  // namespace forensics_rt
