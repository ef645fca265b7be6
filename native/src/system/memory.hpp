#pragma once

namespace forensics_rt {

// Gives memory that the process has freed back to the system, where the C library keeps it.
void give_back_free_memory();

}  // namespace forensics_rt
