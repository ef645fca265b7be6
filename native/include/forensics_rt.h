/* forensics_rt.h: find which pixels of an image were forged, from C, C++, Go, Rust, C#, ...
 *
 * The library reads the bundles that the Python package writes, and gives the answers that
 * Python gives: the same map within 1e-3 in the same number format, the same regions, the same
 * verdict. It needs no Python. It writes nothing but its cache folder, which Python and C share:
 * measurements (see `frt_options.precision`) and compiled graphs, up to 512 MB. It opens no network
 * connection, and never prints.
 *
 *     frt_detector *detector = NULL;
 *     frt_result *result = NULL;
 *     frt_detection found = FRT_DETECTION_INIT;
 *     frt_image page = FRT_IMAGE_INIT;
 *     page.pixels = rgb; page.width = 1240; page.height = 1754;
 *     if (frt_open("bundles/default", NULL, &detector) != FRT_OK ||
 *         frt_detect(detector, &page, &result) != FRT_OK) {
 *         fprintf(stderr, "%s\n", frt_last_error());
 *     } else if (frt_result_get(result, &found) == FRT_OK) {
 *         printf("score %.3f, %zu regions\n", found.score, found.region_count);
 *     }
 *     frt_result_free(result);
 *     frt_close(detector);
 *
 * Conventions that hold for every function:
 *
 * - Status. A function that can fail returns `frt_status`: FRT_OK, or what failed. The message is
 *   `frt_last_error()`, of the calling thread: what was found, what was expected, what to do. A
 *   function that fails writes to none of its outputs, but for handles, which it sets to NULL.
 * - No exception and no signal crosses the border; C++ exceptions inside become a status.
 * - Threads. Every function may be called from several threads at the same time, on the same
 *   handle, but for `frt_close` and `frt_result_free`: nobody may be using what they free.
 * - Ownership. What the library returns belongs to the handle it came from, and lives as long as
 *   the handle does; the caller frees handles alone. What the caller passes is read during the
 *   call and not kept, but for `frt_options.log` and `log_user`, which must outlive the detector.
 * - Text is UTF-8, ended by a zero byte. Paths are as the system takes them.
 * - Pixels are counted from 0 at the upper left corner; x goes right, y goes down. Probabilities,
 *   scores and thresholds lie in [0, 1].
 * - Structures begin with their size in bytes, which tells the library how much of them the caller
 *   knows: start from their `..._INIT` value. Later versions add members at the end, or in place
 *   of reserved ones, which are 0: a program works with a newer library without being compiled
 *   again.
 */
#ifndef FORENSICS_RT_H
#define FORENSICS_RT_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#ifdef FRT_BUILDING
#define FRT_API __declspec(dllexport)
#else
#define FRT_API __declspec(dllimport)
#endif
#else
#define FRT_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#define FRT_NOEXCEPT noexcept
#else
#define FRT_NOEXCEPT
#endif

/* Of this header. The major number changes when a program must be compiled again. */
#define FRT_VERSION_MAJOR 0
#define FRT_VERSION_MINOR 2

/* ------------------------------------------------------------------------------- what failed -- */

typedef int32_t frt_status;
enum {
  FRT_OK = 0,
  FRT_INVALID_ARGUMENT = 1,    /* a pointer that is NULL, a size or a text that cannot be */
  FRT_BUNDLE_NOT_FOUND = 2,    /* no folder, or no manifest.json in it */
  FRT_MANIFEST_INVALID = 3,    /* manifest.json is no JSON, or not what its schema says */
  FRT_BUNDLE_ALTERED = 4,      /* a file is missing, or not the one the manifest vouches for */
  FRT_RECIPE_INVALID = 5,      /* unknown, or wants what bundle or image do not have */
  FRT_CALIBRATION_INVALID = 6, /* of other networks, or without what was asked of it */
  FRT_BACKEND_UNAVAILABLE = 7, /* engine, device or number format cannot be had here */
  FRT_IMAGE_TOO_LARGE = 8,     /* more pixels than `frt_options.max_pixels` */
  FRT_ENGINE_FAILED = 9,       /* the engine failed, or gave what is no probability */
  FRT_OUT_OF_MEMORY = 10,      /* too little memory; the detector stays usable */
  FRT_INTERNAL_ERROR = 11,     /* a fault of the library: please report the message */
  FRT_BUNDLE_UNTRUSTED = 12    /* encrypted, or must prove what this library cannot check */
};

/* Message of the last failure on the calling thread; "" if there was none. Never NULL.
 * The text belongs to the thread and lives until the next call of the library on that thread. */
FRT_API const char *frt_last_error(void) FRT_NOEXCEPT;

/* Name of a status, such as "FRT_BUNDLE_ALTERED"; "unknown status" for other numbers. Static. */
FRT_API const char *frt_status_name(frt_status status) FRT_NOEXCEPT;

/* Version of the library that is loaded, such as "0.2.0". Static. */
FRT_API const char *frt_version(void) FRT_NOEXCEPT;

/* ------------------------------------------------------------------------ opening a detector -- */

/* An opened bundle with an engine that runs its networks. */
typedef struct frt_detector frt_detector;

typedef int32_t frt_log_level;
enum { FRT_LOG_INFO = 1, FRT_LOG_WARNING = 2 };

/* Takes a message of the library, without a line end; valid during the call alone. It may come
 * from any thread that is inside a call on the detector; it must not throw, and must not call the
 * library. */
typedef void (*frt_log_fn)(frt_log_level level, const char *message, void *user);

/* How to open a bundle. A value of 0 or NULL leaves the choice to the library. */
typedef struct frt_options {
  size_t size; /* sizeof(frt_options) */
  /* "fast", "balanced", "max", "tianchi-fft2", or one that the bundle carries. NULL: "balanced" */
  const char *recipe;
  /* "auto", "openvino", "onnxruntime" or "tensorrt". ONNX Runtime is not built in: its library is
   * loaded from the path in the environment variable FORENSICS_RT_ONNXRUNTIME, else as
   * libonnxruntime.so.1, and ORT_DISABLE_TELEMETRY=1 is set before. TensorRT, where the build has
   * it, runs the prebuilt engines of the bundle; its library is loaded from FORENSICS_RT_TENSORRT,
   * else as libnvinfer.so of the major version of the build. NULL: "auto", which is
   * TensorRT where `device` is a GPU, and else OpenVINO where it was built in */
  const char *backend;
  /* "cpu", "cuda", or a GPU by its number as CUDA counts, such as "cuda:1". NULL: the device of
   * the backend; "cpu" for "auto" */
  const char *device;
  /* "auto": the fastest of float32, bf16 and int8 on this processor, as far as the bundle allows.
   * It is measured at the first start with a bundle (a second or so) and kept in the folder
   * FORENSICS_RT_CACHE, else $XDG_CACHE_HOME/forensics_rt, else ~/.cache/forensics_rt, which
   * Python and C share; so are compiled graphs, up to 512 MB. "float32", "bf16", "int8": that one,
   * or FRT_BACKEND_UNAVAILABLE with the reason. Maps of two formats differ by rounding.
   * NULL: "auto" */
  const char *precision;
  /* An operating point of the bundle's calibration, such as "fpr-1%": an image is called forged
   * from that limit on. NULL: by the calibrated probability */
  const char *operating_point;
  /* Probability from which a pixel counts as forged, above 0 and below 1. It puts the bundle's
   * high threshold out of force. 0: the recipe's, or the bundle's */
  double threshold;
  /* Probability that a region must reach to be reported. 0: what goes with `threshold` */
  double high_threshold;
  /* Share of forged images that you expect, above 0 and below 1: scores become probabilities for
   * such a mix. 0: that of the calibration's images, half of them as a rule */
  double prevalence;
  /* Threads that compute. 0: the engine's choice, within the CPU quota of the container */
  int32_t threads;
  /* With how many pixels a region must reach the high threshold. 0: what goes with it, one as a
   * rule */
  int32_t high_area;
  /* Largest width x height accepted. 0: 200,000,000 */
  int64_t max_pixels;
  /* Takes what the library has to say. NULL: nobody */
  frt_log_fn log;
  void *log_user;
} frt_options;

#define FRT_OPTIONS_INIT \
  { sizeof(frt_options), NULL, NULL, NULL, NULL, NULL, 0.0, 0.0, 0.0, 0, 0, 0, NULL, NULL }

/* Opens a bundle: reads its manifest, checks the SHA-256 of every file, starts an engine.
 *
 *   folder    the folder that holds manifest.json
 *   options   how; NULL for the defaults
 *   detector  takes the handle, to be freed by `frt_close`; NULL after a failure
 *
 * Networks are compiled when an image first needs them, which takes about a second each at the
 * first start on a machine, and a tenth of it at later ones: see `frt_warm_up`. A process needs one
 * detector for a bundle and recipe, shared by its threads.
 *
 * Fails with FRT_INVALID_ARGUMENT, FRT_BUNDLE_NOT_FOUND, FRT_MANIFEST_INVALID, FRT_BUNDLE_ALTERED,
 * FRT_RECIPE_INVALID, FRT_CALIBRATION_INVALID, FRT_BACKEND_UNAVAILABLE, FRT_OUT_OF_MEMORY. */
FRT_API frt_status frt_open(const char *folder, const frt_options *options,
                            frt_detector **detector) FRT_NOEXCEPT;

/* Frees a detector; NULL is allowed. No thread may be using it. Results stay valid. */
FRT_API void frt_close(frt_detector *detector) FRT_NOEXCEPT;

/* Compiles now what an image of this size in pixels will need, so that the first one takes no
 * longer than the others. Fails as `frt_detect` does. */
FRT_API frt_status frt_warm_up(frt_detector *detector, int32_t width, int32_t height) FRT_NOEXCEPT;

/* What a detector is. Texts and arrays belong to the detector. */
typedef struct frt_description {
  size_t size;                  /* sizeof(frt_description) */
  const char *bundle_name;      /* such as "forensics-rt-default" */
  const char *bundle_version;   /* such as "7.1" */
  const char *bundle_id;        /* 16 hexadecimal digits; equal ids give equal answers */
  const char *license;          /* of the networks, such as "Apache-2.0" */
  const char *recipe;           /* name of the recipe that runs */
  const char *backend;          /* what executes the networks, such as "openvino" */
  const char *backend_version;  /* such as "2026.4.1" */
  const char *device;           /* "cpu", "cuda" or "cuda:1" */
  const char *precision;        /* number format of the arithmetic: "f32", "bf16", "int8"; for
                                   engines the word of their record, such as "fp16" */
  const char *precision_reason; /* why that one; "" where there was no choice */
  const int32_t *tile_sizes;    /* heights and widths of tiles in pixels, rising */
  size_t tile_size_count;
  int32_t member_count;       /* networks that vote under the recipe */
  int32_t tta_count;          /* symmetries that each tile is seen under */
  double threshold;           /* probability from which a pixel counts as forged */
  double high_threshold;      /* probability that a region must reach; 0 for any */
  int32_t calibrated;         /* 1: scores are probabilities and there are verdicts; 0: neither */
  int32_t reads_coefficients; /* 1: images need `frt_image.coefficients` */
  int32_t high_area;          /* with how many pixels a region must reach the high threshold, or
                                 where there is none the threshold; 1 or more */
  int32_t reserved;           /* 0 */
} frt_description;

#define FRT_DESCRIPTION_INIT                                                                      \
  {                                                                                               \
    sizeof(frt_description), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, \
        0, 0, 0.0, 0.0, 0, 0, 0, 0                                                                \
  }

/* Fills in `description`, whose `size` the caller has set. Fails with FRT_INVALID_ARGUMENT. */
FRT_API frt_status frt_describe(const frt_detector *detector,
                                frt_description *description) FRT_NOEXCEPT;

/* ----------------------------------------------------------------- detecting forgeries -- */

/* Order of the bytes of a pixel, 8 bits a channel. Alpha is dropped, colors as stored. */
typedef int32_t frt_format;
enum {
  FRT_RGB = 0,  /* 3 bytes */
  FRT_BGR = 1,  /* 3 bytes, as OpenCV has them */
  FRT_RGBA = 2, /* 4 bytes */
  FRT_BGRA = 3, /* 4 bytes */
  FRT_GRAY = 4  /* 1 byte, taken for all three channels */
};

/* Where pixels lie. */
typedef int32_t frt_memory;
enum {
  FRT_HOST = 0,
  /* Memory of the GPU that the detector runs on, of its primary context or of a memory pool. What
   * writes the pixels must be complete: wait for its stream before `frt_detect`, which waits for no
   * stream of yours. RGB without gaps between rows is read where it lies, all else is copied on the
   * GPU first. FRT_BACKEND_UNAVAILABLE where the backend runs on the CPU, FRT_INVALID_ARGUMENT
   * where what lies from the first byte of a row to the last byte of one is not all memory of this
   * GPU */
  FRT_CUDA = 1
};

/* What a JPEG says of its luma, for bundles whose networks read that beside the pixels. libjpeg
 * gives it: `jpeg_read_coefficients`, and the table of the component. Read during the call, and of
 * images in the memory of a GPU in the memory of the host. */
typedef struct frt_coefficients {
  size_t size;           /* sizeof(frt_coefficients) */
  const int16_t *blocks; /* the block at the upper left: 64 numbers as the file has them, divided by
                            the table. The number of frequency (u, v) comes at 8 * u + v, u rising
                            downwards: the order of libjpeg's JBLOCK, not the zigzag of the file */
  int32_t columns;       /* blocks in a row, at least (width + 7) / 8 of the image; others are not
                            looked at */
  int32_t rows;          /* rows of blocks, at least (height + 7) / 8 of the image */
  ptrdiff_t stride;      /* bytes from a row of blocks to the one below; 0: rows are adjacent */
  const uint16_t *quantization; /* the table: 64 numbers in the same order */
} frt_coefficients;

#define FRT_COEFFICIENTS_INIT \
  { sizeof(frt_coefficients), NULL, 0, 0, 0, NULL }

/* Pixels as they were stored: never resize, rotate or sharpen an image before, which destroys the
 * traces that are looked for. */
typedef struct frt_image {
  size_t size;        /* sizeof(frt_image) */
  const void *pixels; /* the first byte of the uppermost row */
  int32_t width;      /* in pixels, 1 or more */
  int32_t height;     /* in pixels, 1 or more */
  ptrdiff_t stride;   /* bytes from a row to the one below, also negative; 0: rows are adjacent */
  frt_format format;
  frt_memory memory;
  /* Of the JPEG that these pixels were decoded from. Where networks read them (see
   * `frt_description.reads_coefficients`) and they are NULL, `frt_detect` fails with
   * FRT_INVALID_ARGUMENT: for an image that is no JPEG, save a copy at quality 100 without
   * subsampling and give its coefficients, as the Python package does. Other networks do not look
   * at them */
  const frt_coefficients *coefficients;
} frt_image;

#define FRT_IMAGE_INIT \
  { sizeof(frt_image), NULL, 0, 0, 0, FRT_RGB, FRT_HOST, NULL }

typedef int32_t frt_verdict;
enum {
  FRT_VERDICT_NONE = 0, /* the bundle is not calibrated: judge by `score` yourself */
  FRT_AUTHENTIC = 1,
  FRT_UNCERTAIN = 2, /* nobody can tell */
  FRT_FORGED = 3
};

typedef struct frt_point {
  int32_t x, y; /* a pixel */
} frt_point;

/* A connected part of the mask, of 16 pixels or more. This structure never grows: results hold
 * arrays of it. */
typedef struct frt_region {
  int32_t left, top, width, height; /* the smallest box around it, in pixels */
  int64_t area;                     /* its pixels */
  double mean_probability;          /* over its pixels */
  const frt_point *polygon; /* outer contour through the outermost pixels, in order; holes are not
                               cut out */
  size_t polygon_count;     /* 3 or more */
} frt_region;

/* What was found in one image. Pointers belong to the result. */
typedef struct frt_detection {
  size_t size;               /* sizeof(frt_detection) */
  int32_t width, height;     /* of image and maps, in pixels */
  const float *probability;  /* height x width, row by row: that a pixel was forged */
  const float *uncertainty;  /* likewise: standard deviation over members and symmetries; NULL for
                                one member under one symmetry */
  const uint8_t *mask;       /* likewise: 1 for the pixels of regions, else 0 */
  const frt_region *regions; /* the largest first; NULL if there are none */
  size_t region_count;
  double raw_score; /* largest mean probability of a 16x16 block; no probability itself */
  double score;     /* probability that the image is forged; if not calibrated, raw_score */
  frt_verdict verdict;
  int32_t tile_count;     /* how many tiles the image was cut into */
  double threshold;       /* that made the mask */
  double high_threshold;  /* that regions had to reach; 0 for any */
  double forged_share;    /* share of the pixels in the mask */
  int32_t constant_tiles; /* tiles of one color, answered once a color */
  int32_t repeated_tiles; /* others that are like one before them, and share its answer */
  int32_t settled_tiles;  /* tiles that a cascade's first network settled */
  int32_t high_area;      /* with how many pixels regions had to reach the high threshold, or where
                             there is none the threshold; 1 or more */
  double seconds;         /* of wall time that the detection took */
} frt_detection;

#define FRT_DETECTION_INIT                                                                      \
  {                                                                                             \
    sizeof(frt_detection), 0, 0, NULL, NULL, NULL, NULL, 0, 0.0, 0.0, FRT_VERDICT_NONE, 0, 0.0, \
        0.0, 0.0, 0, 0, 0, 0, 0.0                                                               \
  }

/* The answer to one image; independent of the detector. */
typedef struct frt_result frt_result;

/* Finds the forged pixels of an image.
 *
 *   detector  runs; any number of threads may detect at once with one detector
 *   image     read during the call; pixels are not changed
 *   result    takes the handle, to be freed by `frt_result_free`; NULL after a failure
 *
 * Needs about 10 bytes of memory a pixel beside the image, 4 more with uncertainty.
 *
 * Fails with FRT_INVALID_ARGUMENT, FRT_IMAGE_TOO_LARGE, FRT_RECIPE_INVALID (an image that the
 * recipe cannot take), FRT_BACKEND_UNAVAILABLE (memory of a GPU), FRT_ENGINE_FAILED,
 * FRT_BUNDLE_ALTERED (a network that changed after the bundle was opened), FRT_OUT_OF_MEMORY. */
FRT_API frt_status frt_detect(frt_detector *detector, const frt_image *image,
                              frt_result **result) FRT_NOEXCEPT;

/* Fills in `detection`, whose `size` the caller has set. Fails with FRT_INVALID_ARGUMENT. */
FRT_API frt_status frt_result_get(const frt_result *result, frt_detection *detection) FRT_NOEXCEPT;

/* Frees a result and all it points to; NULL is allowed. */
FRT_API void frt_result_free(frt_result *result) FRT_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif /* FORENSICS_RT_H */
