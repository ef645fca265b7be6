#include "backends/adapter.hpp"

namespace forensics_rt {

const Adapter *tensorrt_adapter() { return nullptr; }

}  // namespace forensics_rt
