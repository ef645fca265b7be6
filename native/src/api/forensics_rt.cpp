// The C interface: what include/forensics_rt.h promises.
#include "forensics_rt.h"

#include <cstdlib>
#include <optional>
#include <string>

#include "api/border.hpp"
#include "api/convert.hpp"
#include "api/handles.hpp"
#include "api/structs.hpp"

namespace rt = forensics_rt;

extern "C" {

const char *frt_last_error(void) noexcept { return rt::LastError::get(); }

const char *frt_version(void) noexcept { return FRT_VERSION; }

const char *frt_status_name(frt_status status) noexcept {
  switch (status) {
    case FRT_OK: return "FRT_OK";
    case FRT_INVALID_ARGUMENT: return "FRT_INVALID_ARGUMENT";
    case FRT_BUNDLE_NOT_FOUND: return "FRT_BUNDLE_NOT_FOUND";
    case FRT_MANIFEST_INVALID: return "FRT_MANIFEST_INVALID";
    case FRT_BUNDLE_ALTERED: return "FRT_BUNDLE_ALTERED";
    case FRT_RECIPE_INVALID: return "FRT_RECIPE_INVALID";
    case FRT_CALIBRATION_INVALID: return "FRT_CALIBRATION_INVALID";
    case FRT_BACKEND_UNAVAILABLE: return "FRT_BACKEND_UNAVAILABLE";
    case FRT_IMAGE_TOO_LARGE: return "FRT_IMAGE_TOO_LARGE";
    case FRT_ENGINE_FAILED: return "FRT_ENGINE_FAILED";
    case FRT_OUT_OF_MEMORY: return "FRT_OUT_OF_MEMORY";
    case FRT_INTERNAL_ERROR: return "FRT_INTERNAL_ERROR";
    case FRT_BUNDLE_UNTRUSTED: return "FRT_BUNDLE_UNTRUSTED";
    default: return "unknown status";
  }
}

frt_status frt_open(const char *folder, const frt_options *options,
                    frt_detector **detector) noexcept {
  return rt::guarded([&] {
    rt::need(detector, "detector");
    *detector = nullptr;
    rt::need(folder, "folder");
    *detector = new frt_detector(folder, rt::options_of(options));
  });
}

void frt_close(frt_detector *detector) noexcept { delete detector; }

frt_status frt_warm_up(frt_detector *detector, int32_t width, int32_t height) noexcept {
  return rt::guarded([&] {
    rt::need(detector, "detector");
    rt::check_sides(width, height);
    detector->detector.warm_up(width, height);
  });
}

frt_status frt_describe(const frt_detector *detector, frt_description *description) noexcept {
  return rt::guarded([&] {
    rt::need(detector, "detector");
    rt::write_struct(rt::description_of(*detector), description, "description");
  });
}

frt_status frt_detect(frt_detector *detector, const frt_image *image,
                      frt_result **result) noexcept {
  return rt::guarded([&] {
    rt::need(result, "result");
    *result = nullptr;
    rt::need(detector, "detector");
    rt::Image known = rt::image_of(image);
    const std::optional<rt::Coefficients> coefficients = rt::coefficients_of(image);
    if (coefficients) known.coefficients = &*coefficients;
    *result = new frt_result(detector->detector.detect(known));
  });
}

frt_status frt_result_get(const frt_result *result, frt_detection *detection) noexcept {
  return rt::guarded([&] {
    rt::need(result, "result");
    rt::write_struct(rt::detection_of(*result), detection, "detection");
  });
}

void frt_result_free(frt_result *result) noexcept { delete result; }

}  // extern "C"
