#pragma once

#include <vector>

namespace forensics_rt {

// Sides of tiles along one side of an image, the longest first, that are shortest in sum, and then
// fewest. `choices`: multiples of 8, each of which may be taken several times; `overlap`: least
// number of pixels that neighbors share.
std::vector<int> cover(int length, const std::vector<int> &choices, int overlap);

// Where tiles of these sides begin: on multiples of 8, with overlaps as even as can be.
std::vector<int> place(int length, const std::vector<int> &sides);

}  // namespace forensics_rt
