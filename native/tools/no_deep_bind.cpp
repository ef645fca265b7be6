// A sanitizer ends a program that opens a library with RTLD_DEEPBIND, as TBB does: here every
// library is opened without it.
#include <dlfcn.h>

extern "C" void *dlopen(const char *file, int mode) {
  using Open = void *(*)(const char *, int);
  static const Open next = reinterpret_cast<Open>(dlsym(RTLD_NEXT, "dlopen"));
  return next(file, mode & ~RTLD_DEEPBIND);
}
