#include "utf8.hpp"

namespace forensics_rt {
namespace {

bool follows(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Bytes of the character that begins there; 0 where none does. The end of the text, a zero, never
// follows a first byte, so nothing is read behind it.
int length_at(const unsigned char *at) {
  if (at[0] < 0x80) return 1;
  if (at[0] >= 0xC2 && at[0] <= 0xDF) return follows(at[1]) ? 2 : 0;
  if ((at[0] & 0xF0) == 0xE0) {
    const bool overlong = at[0] == 0xE0 && at[1] < 0xA0, surrogate = at[0] == 0xED && at[1] > 0x9F;
    return follows(at[1]) && follows(at[2]) && !overlong && !surrogate ? 3 : 0;
  }
  if (at[0] >= 0xF0 && at[0] <= 0xF4) {
    const bool overlong = at[0] == 0xF0 && at[1] < 0x90, beyond = at[0] == 0xF4 && at[1] > 0x8F;
    return follows(at[1]) && follows(at[2]) && follows(at[3]) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

void make_utf8(char *text) noexcept {
  for (auto *at = reinterpret_cast<unsigned char *>(text); *at != 0;) {
    const int length = length_at(at);
    if (length == 0) *at = '?';
    at += length == 0 ? 1 : length;
  }
}

}  // namespace forensics_rt
