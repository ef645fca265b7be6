#include "decode.h"

#include <stddef.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_PNM
#include <stb_image.h>

unsigned char *read_pixels(const char *path, int *width, int *height) {
  int channels;
  return stbi_load(path, width, height, &channels, 3);
}

void free_pixels(unsigned char *pixels) { stbi_image_free(pixels); }
