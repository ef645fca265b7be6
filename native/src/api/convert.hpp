// Between the structures of the C interface and those of the library.
#pragma once

#include "api/handles.hpp"

namespace forensics_rt {

void need(const void *pointer, const char *name);  // refuses NULL (FRT_INVALID_ARGUMENT)
void check_sides(int width, int height);           // likewise sides below 1

DetectorOptions options_of(const frt_options *given);  // NULL for the defaults
Image image_of(const frt_image *given);
frt_description description_of(const frt_detector &of);
frt_detection detection_of(const frt_result &of);

}  // namespace forensics_rt
