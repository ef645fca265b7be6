/* Detects forged pixels in one image:  detect_c BUNDLE IMAGE [RECIPE] */
#include <forensics_rt.h>
#include <stdio.h>

#include "decode.h"

static const char *const VERDICTS[] = {"not calibrated", "authentic", "uncertain", "forged"};

static void say(frt_log_level level, const char *message, void *user) {
  fprintf((FILE *)user, "%s: %s\n", level == FRT_LOG_WARNING ? "warning" : "info", message);
}

static void print_detection(const frt_detection *found) {
  printf("%dx%d score %.6f verdict %s, %.4f %% forged, %zu regions in %.3f s\n", found->width,
         found->height, found->score, VERDICTS[found->verdict], 100 * found->forged_share,
         found->region_count, found->seconds);
  for (size_t i = 0; i < found->region_count; ++i) {
    const frt_region *region = &found->regions[i];
    printf("region at (%d, %d), %dx%d, mean probability %.3f, %zu corners\n", region->left,
           region->top, region->width, region->height, region->mean_probability,
           region->polygon_count);
  }
}

int main(int count, char **words) {
  if (count < 3) {
    fprintf(stderr, "usage: %s BUNDLE IMAGE [RECIPE]\n", words[0]);
    return 2;
  }
  frt_image image = FRT_IMAGE_INIT;
  unsigned char *pixels = read_pixels(words[2], &image.width, &image.height);
  if (pixels == NULL) {
    fprintf(stderr, "%s: cannot be read as an image\n", words[2]);
    return 1;
  }
  image.pixels = pixels;

  frt_options options = FRT_OPTIONS_INIT;
  options.recipe = count > 3 ? words[3] : NULL;
  options.log = say;
  options.log_user = stderr;
  frt_detector *detector = NULL;
  frt_result *result = NULL;
  frt_detection found = FRT_DETECTION_INIT;
  frt_status status = frt_open(words[1], &options, &detector);
  if (status == FRT_OK) status = frt_detect(detector, &image, &result);
  if (status == FRT_OK) status = frt_result_get(result, &found);
  if (status == FRT_OK)
    print_detection(&found);
  else
    fprintf(stderr, "%s: %s\n", frt_status_name(status), frt_last_error());
  frt_result_free(result);
  frt_close(detector);
  free_pixels(pixels);
  return status == FRT_OK ? 0 : 1;
}
