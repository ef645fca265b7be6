/* An image file as pixels. A service has a decoder of its own: decode with libjpeg or
 * libjpeg-turbo, as Python does, and pixels, maps and scores are the same. */
#ifndef DECODE_H
#define DECODE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Returns width x height x 3 bytes RGB, to be freed by `free_pixels`; NULL for no image. */
unsigned char *read_pixels(const char *path, int *width, int *height);
void free_pixels(unsigned char *pixels);

#ifdef __cplusplus
}
#endif
#endif
