// The parts of a manifest that have files of their own.
#pragma once

#include "bundle/fields.hpp"
#include "calibration/record.hpp"
#include "recipe.hpp"

namespace forensics_rt {

Recipe recipe_of(Fields fields);
Calibration calibration_of(Fields fields);

}  // namespace forensics_rt
