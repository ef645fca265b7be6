// The eight symmetries of the square. The twin of forensics_rt/plan/tta.py and gather.turn.
#pragma once

#include "recipe.hpp"

namespace forensics_rt {

Tta inverse_of(Tta symmetry);

// Whether height and width are exchanged.
bool exchanges_axes(Tta symmetry);

// Writes `source`, height x width elements, turned, to `target`.
template <typename Element>
void turn(Tta symmetry, const Element *source, int height, int width, Element *target);

}  // namespace forensics_rt
