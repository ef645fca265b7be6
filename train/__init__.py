"""Training: synthetic forgeries, networks, the loop and its figures."""
