#include "backends/openvino_handles.hpp"

namespace forensics_rt {

void check(ov_status_e status, const std::string &doing) {
  if (status == OK) return;
  const char *message = ov_get_last_err_msg();
  const std::string said = message == nullptr ? "" : message;
  ov_free(message);
  const bool memory = said.find("bad_alloc") != std::string::npos ||
                      said.find("not enough memory") != std::string::npos ||
                      said.find("out of memory") != std::string::npos;
  throw Error(memory ? FRT_OUT_OF_MEMORY : FRT_ENGINE_FAILED,
              "OpenVINO failed at " + doing + ": " + said);
}

OvCore make_core() {
  ov_core_t *core = nullptr;
  check(ov_core_create(&core), "starting");
  return OvCore(core);
}

std::string core_property(const ov_core_t *core, const char *key) {
  char *value = nullptr;
  check(ov_core_get_property(core, "CPU", key, &value), std::string("asking for ") + key);
  const std::string text = value;
  ov_free(value);
  return text;
}

std::string openvino_version() {
  const std::string build = openvino_build();
  return build.substr(0, build.find('-'));
}

std::string openvino_build() {
  ov_version_t version{};
  check(ov_get_openvino_version(&version), "asking for its version");
  const std::string build = version.buildNumber;
  ov_version_free(&version);
  return build;
}

}  // namespace forensics_rt
