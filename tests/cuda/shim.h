// Enough of CUDA for kernels.cu to compile as C++: names for a thread's place, and three atomics.
#include <cmath>
#include <cstring>
#include <thread>

#define __global__
#define __device__
#define __launch_bounds__(threads)

static bool crowded = false;  // whether several threads are at work
struct dim3 { unsigned x, y, z; };
static thread_local dim3 gridDim, blockDim, blockIdx, threadIdx;

static inline unsigned __float_as_uint(float value) {
    unsigned bits;
    std::memcpy(&bits, &value, 4);
    return bits;
}
static inline unsigned atomicMax(unsigned* at, unsigned value) {
    unsigned before = __atomic_load_n(at, __ATOMIC_SEQ_CST);
    while (before < value && !__atomic_compare_exchange_n(at, &before, value, false,
                                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {}
    return before;
}
static inline int atomicAdd(int* at, int value) {
    return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST);
}
static inline int atomicMin(int* at, int value) {
    // Let others in where they do most harm: after the caller has looked, before it writes.
    if (crowded) std::this_thread::yield();
    int before = __atomic_load_n(at, __ATOMIC_SEQ_CST);
    while (before > value && !__atomic_compare_exchange_n(at, &before, value, false,
                                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {}
    return before;
}
