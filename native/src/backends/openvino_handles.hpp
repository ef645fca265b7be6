// Objects of OpenVINO's C interface that free themselves. C, because it stays the same between
// compilers and versions.
#pragma once

#include <openvino/c/openvino.h>

#include <memory>
#include <string>

#include "errors.hpp"

namespace forensics_rt {

// Throws what OpenVINO says (FRT_ENGINE_FAILED, FRT_OUT_OF_MEMORY).
void check(ov_status_e status, const std::string &doing);

template <typename Object, void (*free)(Object *)>
struct Freed {
  void operator()(Object *object) const noexcept { free(object); }
};
template <typename Object, void (*free)(Object *)>
using Handle = std::unique_ptr<Object, Freed<Object, free>>;

using OvCore = Handle<ov_core_t, ov_core_free>;
using OvModel = Handle<ov_model_t, ov_model_free>;
using OvCompiled = Handle<ov_compiled_model_t, ov_compiled_model_free>;
using OvRequest = Handle<ov_infer_request_t, ov_infer_request_free>;
using OvTensor = Handle<ov_tensor_t, ov_tensor_free>;

OvCore make_core();
std::string core_property(const ov_core_t *core, const char *key);  // of the CPU
std::string openvino_version();                                     // such as "2026.4.1"
std::string openvino_build();                                       // the same in full

}  // namespace forensics_rt
