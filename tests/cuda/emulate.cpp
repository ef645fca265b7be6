// The kernels as a shared library: launch() takes what cuLaunchKernel takes, and loops.
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "shim.h"
#include KERNELS

template <class... T, size_t... I>
static void call(void (*kernel)(T...), void** arguments, std::index_sequence<I...>) {
    kernel(*static_cast<T*>(arguments[I])...);
}

template <class... T>
static void loop(void (*kernel)(T...), dim3 grid, dim3 block, int workers, bool backwards,
                 void** arguments) {
    unsigned blocks = grid.x * grid.y * grid.z, threads = block.x * block.y * block.z;
    auto work = [=](unsigned worker) {
        gridDim = grid;
        blockDim = block;
        for (unsigned k = worker; k < blocks; k += workers)
            for (unsigned l = 0; l < threads; ++l) {
                unsigned b = backwards ? blocks - 1 - k : k, t = backwards ? threads - 1 - l : l;
                blockIdx = {b % grid.x, b / grid.x % grid.y, b / grid.x / grid.y};
                threadIdx = {t % block.x, t / block.x % block.y, t / block.x / block.y};
                call(kernel, arguments, std::index_sequence_for<T...>{});
            }
    };
    crowded = workers > 1;
    std::vector<std::thread> others;
    for (int worker = 1; worker < workers; ++worker) others.emplace_back(work, worker);
    work(0);
    for (auto& other : others) other.join();
}

extern "C" int launch(const char* name, const unsigned* grid, const unsigned* block, int workers,
                      int backwards, void** arguments) {
    dim3 g = {grid[0], grid[1], grid[2]}, b = {block[0], block[1], block[2]};
#define KERNEL(kernel) \
    if (!std::strcmp(name, #kernel)) { loop(kernel, g, b, workers, backwards, arguments); return 0; }
    KERNEL(gather) KERNEL(cover) KERNEL(scatter) KERNEL(finish) KERNEL(encode_uint8)
    KERNEL(encode_float16) KERNEL(column_sums) KERNEL(block_maxima) KERNEL(start_labels)
    KERNEL(join_labels) KERNEL(find_convincing) KERNEL(keep_convincing)
    return 1;
}
