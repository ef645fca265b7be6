// The kernels as a shared library: launch() takes what cuLaunchKernel takes, and runs it at once.
#include "kernels_on_cpu.h"

extern "C" int launch(const char* name, const unsigned* grid, const unsigned* block, int workers,
                      int backwards, void** arguments) {
    const Kernel* kernel = find_kernel(name);
    if (!kernel) return 1;
    kernel->bind(arguments)({grid[0], grid[1], grid[2]}, {block[0], block[1], block[2]},
                            {workers, backwards != 0});
    return 0;
}
