"""What a file says of itself: EXIF, JPEG and PDF facts, read without trusting any of them."""
