#pragma once

namespace forensics_rt {

// Makes text valid UTF-8: each byte that is not, such as of half a character, becomes '?'. Messages
// quote what is in files, and names of files, which may be any bytes.
void make_utf8(char *text) noexcept;

}  // namespace forensics_rt
