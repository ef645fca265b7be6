// The kernels of kernels.cu by their names, each as a loop over its blocks and threads.
#pragma once
#include <cstring>
#include <functional>
#include <thread>
#include <tuple>
#include <type_traits>
#include <vector>

#include "shim.h"
#include KERNELS

struct How { int workers = 1; bool backwards = false; };
using Run = std::function<void(dim3 grid, dim3 block, How)>;

// What is known of a kernel: how many arguments, which are addresses, and how it is called.
struct Kernel {
    std::vector<bool> is_pointer;
    Run (*bind)(void** arguments);  // copies the arguments
};

template <class... T>
static void loop(void (*kernel)(T...), std::tuple<T...> arguments, dim3 grid, dim3 block, How how) {
    unsigned blocks = grid.x * grid.y * grid.z, threads = block.x * block.y * block.z;
    auto work = [=](unsigned worker) {
        gridDim = grid;
        blockDim = block;
        for (unsigned k = worker; k < blocks; k += how.workers)
            for (unsigned l = 0; l < threads; ++l) {
                unsigned b = how.backwards ? blocks - 1 - k : k;
                unsigned t = how.backwards ? threads - 1 - l : l;
                blockIdx = {b % grid.x, b / grid.x % grid.y, b / grid.x / grid.y};
                threadIdx = {t % block.x, t / block.x % block.y, t / block.x / block.y};
                std::apply(kernel, arguments);
            }
    };
    crowded = how.workers > 1;
    std::vector<std::thread> others;
    for (int worker = 1; worker < how.workers; ++worker) others.emplace_back(work, worker);
    work(0);
    for (auto& other : others) other.join();
}

template <auto kernel, class... T, size_t... I>
static Run bind_to(void (*)(T...), void** arguments, std::index_sequence<I...>) {
    std::tuple<T...> copied(*static_cast<T*>(arguments[I])...);
    return [=](dim3 grid, dim3 block, How how) { loop(+kernel, copied, grid, block, how); };
}

template <auto kernel, class... T>
static Kernel describe(void (*)(T...)) {
    return {{std::is_pointer_v<T>...}, [](void** arguments) {
        return bind_to<kernel>(kernel, arguments, std::index_sequence_for<T...>{});
    }};
}

// The kernel of a name, or nothing.
static const Kernel* find_kernel(const char* name) {
#define KERNEL(kernel) \
    if (!std::strcmp(name, #kernel)) { \
        static const Kernel found = describe<kernel>(kernel); \
        return &found; \
    }
    KERNEL(to_rgb) KERNEL(gather) KERNEL(cover) KERNEL(scatter) KERNEL(finish) KERNEL(encode_uint8)
    KERNEL(encode_float16) KERNEL(column_sums) KERNEL(block_maxima) KERNEL(start_labels)
    KERNEL(join_labels) KERNEL(find_convincing) KERNEL(keep_convincing)
#undef KERNEL
    return nullptr;
}
