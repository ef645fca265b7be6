"""How many times faster this is than what you would use instead, side by side."""
