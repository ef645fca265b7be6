"""Networks for measurements and tests, none of which must be downloaded."""
