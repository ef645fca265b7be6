// The device twin of forensics_rt/plan: cut tiles, blend their answers, finish the map.
//
// No headers, no libraries, no shared memory, so the same text compiles with NVRTC for any GPU and
// as plain C++ for the tests. Every loop is grid-stride: any grid gives the same result.
// Compile without contraction to fused multiply-add: the arithmetic is then numpy's, operation by
// operation, and the results are equal, not close.
//
// A view is four ints: top, left, and how an index into the tile as the network sees it maps to
// the upright tile and back (see place_in_tile).

typedef unsigned char uint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef long long int64;

#define THREADS 256
// Most threads go through such a loop once: unrolling it only makes the binary large.
#ifdef __CUDACC__
#define ONCE _Pragma("unroll 1")
#else
#define ONCE
#endif
#define EACH_ROW(row, from, to) \
    ONCE for (int row = from + int(blockIdx.y * blockDim.y + threadIdx.y); row < to; \
         row += int(gridDim.y * blockDim.y))
#define EACH_COLUMN(column, from, to) \
    ONCE for (int column = from + int(blockIdx.x * blockDim.x + threadIdx.x); column < to; \
         column += int(gridDim.x * blockDim.x))
#define EACH_INDEX(index, count) \
    ONCE for (int64 index = int64(blockIdx.x) * blockDim.x + threadIdx.x; index < count; \
         index += int64(gridDim.x) * blockDim.x)

enum { TRANSPOSE = 1, FLIP_ROWS = 2, FLIP_COLUMNS = 4 };

struct Place { int row, column; };

// All of D4 is a transposition and two flips: three bits.
__device__ inline Place place_in_tile(int turn, int size, int row, int column) {
    Place place = {turn & TRANSPOSE ? column : row, turn & TRANSPOSE ? row : column};
    if (turn & FLIP_ROWS) place.row = size - 1 - place.row;
    if (turn & FLIP_COLUMNS) place.column = size - 1 - place.column;
    return place;
}

// Twin: plan.gather.reflect. Inside the image, where nearly every pixel lies, there is no division.
__device__ inline int reflect(int place, int length) {
    if (place < length) return place;
    if (length == 1) return 0;
    int period = 2 * (length - 1);
    place %= period;
    return place < length ? place : period - place;
}

// Twin: pixels[..., channels] of numpy. Pixels in another order, with alpha, gray, or with gaps
// between rows become RGB without gaps; red, green and blue are places in a pixel of `step` bytes.
extern "C" __global__ void __launch_bounds__(THREADS)
to_rgb(const uint8* pixels, int64 stride, int step, int red, int green, int blue, int height,
       int width, uint8* image) {
    EACH_ROW(row, 0, height) EACH_COLUMN(column, 0, width) {
        const uint8* from = pixels + row * stride + int64(column) * step;
        uint8* to = image + (int64(row) * width + column) * 3;
        to[0] = from[red];
        to[1] = from[green];
        to[2] = from[blue];
    }
}

// Twin: plan.gather.gather. A thread fills four pixels of a row: twelve bytes, three whole words.
extern "C" __global__ void __launch_bounds__(THREADS)
gather(const uint8* image, int height, int width, const int* views, int count, int size,
       uint32* batch) {
    ONCE for (int view = int(blockIdx.z); view < count; view += int(gridDim.z)) {
        const int* v = views + 4 * view;
        EACH_ROW(row, 0, size) EACH_COLUMN(four, 0, size / 4) {
            uint8 bytes[12];
            for (int k = 0; k < 4; ++k) {
                Place cut = place_in_tile(v[2], size, row, 4 * four + k);
                int64 y = reflect(v[0] + cut.row, height), x = reflect(v[1] + cut.column, width);
                for (int c = 0; c < 3; ++c) bytes[3 * k + c] = image[(y * width + x) * 3 + c];
            }
            uint32* out = batch + ((int64(view) * size + row) * (size / 4) + four) * 3;
            for (int k = 0; k < 3; ++k) {
                const uint8* b = bytes + 4 * k;
                out[k] = b[0] | uint32(b[1]) << 8 | uint32(b[2]) << 16 | uint32(b[3]) << 24;
            }
        }
    }
}

// Twin: plan.merge._sum_of_windows, which adds up the windows of all tiles, in their order.
extern "C" __global__ void __launch_bounds__(THREADS)
cover(const int* views, int count, int size, const float* window, int width, int top, int left,
      int bottom, int right, float* covered) {
    EACH_ROW(row, top, bottom) EACH_COLUMN(column, left, right) {
        float* at = covered + int64(row) * width + column;
        float total = *at;
        for (int view = 0; view < count; ++view) {
            int y = row - views[4 * view], x = column - views[4 * view + 1];
            if (uint32(y) < uint32(size) && uint32(x) < uint32(size)) total += window[y * size + x];
        }
        *at = total;
    }
}

// Twin: BlendMerger.add, for a whole batch. A thread owns a pixel of the image and takes what the
// views say of it in their order: no two threads write to one place, so there are no atomics and
// the order of additions is that of the schedule, on any GPU, in every run.
extern "C" __global__ void __launch_bounds__(THREADS)
scatter(const float* answers, const int* views, int count, int size, const float* window,
        float member_weight, int width, int top, int left, int bottom, int right, float* sums,
        float* sums_of_squares) {
    EACH_ROW(row, top, bottom) EACH_COLUMN(column, left, right) {
        int64 at = int64(row) * width + column;
        float sum = sums[at], squares = sums_of_squares ? sums_of_squares[at] : 0.0f;
        for (int view = 0; view < count; ++view) {
            const int* v = views + 4 * view;
            int y = row - v[0], x = column - v[1];
            if (uint32(y) >= uint32(size) || uint32(x) >= uint32(size)) continue;
            Place turned = place_in_tile(v[3], size, y, x);
            float p = answers[(int64(view) * size + turned.row) * size + turned.column];
            float weighted = p * (window[y * size + x] * member_weight);
            sum += weighted;
            squares += weighted * p;
        }
        sums[at] = sum;
        if (sums_of_squares) sums_of_squares[at] = squares;
    }
}

// Twin: BlendMerger.finish, and a plain threshold. Reading and writing one place is allowed:
// probability may be sums, disagreement sums_of_squares. What is not finite becomes NaN rather
// than being clipped to a probability, and block_maxima carries it to the score.
extern "C" __global__ void __launch_bounds__(THREADS)
finish(const float* sums, const float* sums_of_squares, const float* covered, float scale,
       float threshold, int64 count, float* probability, float* disagreement, uint8* mask) {
    EACH_INDEX(at, count) {
        float weight = covered[at] * scale;
        float mean = sums[at] / weight;
        float p = mean < 0.0f ? 0.0f : mean > 1.0f ? 1.0f : mean;
        if (mean - mean != 0.0f) p = mean - mean;
        if (disagreement) {
            float variance = sums_of_squares[at] / weight - p * p;
            disagreement[at] = variance < 0.0f ? 0.0f : sqrtf(variance);
        }
        probability[at] = p;
        if (mask) mask[at] = p >= threshold;
    }
}

// Twin: plan.finish.encode for uint8: rounded to nearest, ties to even, as numpy's rint.
extern "C" __global__ void __launch_bounds__(THREADS)
encode_uint8(const float* values, int64 count, uint8* out) {
    EACH_INDEX(at, count) out[at] = uint8(rintf(values[at] * 255.0f));
}

// From float32 in [0, 65504] to the bits of float16, ties to even. By hand, because cuda_fp16.h
// is no part of the compiler's wheel and no part of C++.
__device__ inline uint16 half_bits(float value) {
    uint32 bits = __float_as_uint(value);
    if (bits >= 0x7f800000u) return 0x7e00;                      // NaN
    int shift = 13, exponent = int(bits >> 23) - 112;            // rebased from 127 to 15
    uint32 significand = bits & 0x7fffffu;
    if (exponent <= 0) {                                         // subnormal as float16
        if (exponent < -10) return 0;
        significand |= 0x800000u;
        shift += 1 - exponent;
        exponent = 0;
    }
    uint32 kept = significand >> shift, rest = significand & ((1u << shift) - 1);
    uint32 half = 1u << (shift - 1);
    // A carry out of the significand raises the exponent by one, as it should.
    kept += rest > half || (rest == half && (kept & 1));
    return uint16((uint32(exponent) << 10) + kept);
}

// Twin: plan.finish.encode for float16.
extern "C" __global__ void __launch_bounds__(THREADS)
encode_float16(const float* values, int64 count, uint16* out) {
    EACH_INDEX(at, count) out[at] = half_bits(values[at]);
}

enum { BLOCK = 16 };  // plan.score.BLOCK

// Twin: the first half of plan.score.image_score: sums over the rows of each row of blocks.
extern "C" __global__ void __launch_bounds__(THREADS)
column_sums(const float* probability, int height, int width, float* sums) {
    EACH_ROW(block, 0, (height + BLOCK - 1) / BLOCK) EACH_COLUMN(column, 0, width) {
        int end = block * BLOCK + BLOCK < height ? block * BLOCK + BLOCK : height;
        float sum = 0.0f;
        for (int row = block * BLOCK; row < end; ++row)
            sum += probability[int64(row) * width + column];
        sums[int64(block) * width + column] = sum;
    }
}

// Twin: the second half: the largest sum of a block. The bits of floats that are not negative are
// ordered as the floats are, with NaN above all, and a maximum does not care for the order.
extern "C" __global__ void __launch_bounds__(THREADS)
block_maxima(const float* sums, int height, int width, uint32* largest) {
    EACH_ROW(block, 0, (height + BLOCK - 1) / BLOCK)
    EACH_COLUMN(across, 0, (width + BLOCK - 1) / BLOCK) {
        int end = across * BLOCK + BLOCK < width ? across * BLOCK + BLOCK : width;
        float sum = 0.0f;
        for (int column = across * BLOCK; column < end; ++column)
            sum += sums[int64(block) * width + column];
        // A NaN may have its sign bit set, which is as far above as any.
        atomicMax(largest, __float_as_uint(sum));
    }
}

// Connected components by union-find with atomic minima (Komura, Computer Physics Communications
// 194, 2015; Playne and Hawick, IEEE TPDS 29, 2018). Whoever comes first, the label of a region
// ends as the smallest index in it. Together they are the twin of plan.mask.forged_mask.
__device__ inline int root_of(const volatile int* labels, int at) {
    for (int next = labels[at]; next != at; next = labels[at]) at = next;
    return at;
}

__device__ inline void join(int* labels, int a, int b) {
    for (;;) {
        a = root_of(labels, a);
        b = root_of(labels, b);
        if (a == b) return;
        if (a < b) { int swap = a; a = b; b = swap; }
        int before = atomicMin(labels + a, b);
        if (before == a) return;
        a = before;  // another thread was faster: what it joined a to must be joined to b
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
start_labels(const uint8* mask, int64 count, int* labels, int* convincing) {
    EACH_INDEX(at, count) {
        labels[at] = mask[at] ? int(at) : -1;
        convincing[at] = 0;
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
join_labels(const uint8* mask, int height, int width, int* labels) {
    EACH_ROW(row, 0, height) EACH_COLUMN(column, 0, width) {
        int at = row * width + column;
        if (!mask[at]) continue;
        // The four of eight neighbours that come before; the others look back at this one.
        ONCE for (int k = 0; k < 4; ++k) {
            int y = row - (k > 0), x = column + (k > 0 ? k - 2 : -1);
            if (y >= 0 && x >= 0 && x < width && mask[y * width + x])
                join(labels, at, y * width + x);
        }
    }
}

// Counts the convincing pixels of each region at its root, up to `needed` or a little beyond. Past
// that nobody adds: the pixels of a region that fills the image would wait for one another.
extern "C" __global__ void __launch_bounds__(THREADS)
find_convincing(const float* probability, float high, int64 needed, int64 count, int* labels,
                int* convincing) {
    EACH_INDEX(at, count) {
        if (labels[at] < 0) continue;
        int root = root_of(labels, int(at));
        labels[at] = root;
        if (probability[at] < high) continue;
        const volatile int* found = convincing + root;
        if (*found < needed) atomicAdd(convincing + root, 1);
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
keep_convincing(const int* labels, const int* convincing, int64 needed, int64 count, uint8* mask) {
    EACH_INDEX(at, count) mask[at] = labels[at] >= 0 && convincing[labels[at]] >= needed;
}
