// Between the structures of the C interface and those of the library.
#pragma once

#include <optional>

#include "api/handles.hpp"
#include "plan/coefficients.hpp"

namespace forensics_rt {

void need(const void *pointer, const char *name);  // refuses NULL (FRT_INVALID_ARGUMENT)
void check_sides(int width, int height);           // likewise sides below 1

DetectorOptions options_of(const frt_options *given);  // NULL for the defaults
Image image_of(const frt_image *given);
// Those beside the pixels of an image that `image_of` took; none where none were given.
std::optional<Coefficients> coefficients_of(const frt_image *given);
frt_description description_of(const frt_detector &of);
frt_detection detection_of(const frt_result &of);

}  // namespace forensics_rt
