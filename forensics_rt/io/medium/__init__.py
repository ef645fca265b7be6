"""What kind of picture an image is: scan, photograph, screen, born digital or fax."""
