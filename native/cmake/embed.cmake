# Writes the bytes of the file FROM into the C++ source TO, as what kernels_binary() returns.
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)"
       "\\1\n" bytes "${bytes}")
file(WRITE ${TO} "#include \"cuda/kernels_binary.hpp\"\n
namespace forensics_rt {
namespace {
alignas(16) const unsigned char kBytes[] = {\n${bytes}};
}  // namespace
const void *kernels_binary() { return kBytes; }
}  // namespace forensics_rt\n")
