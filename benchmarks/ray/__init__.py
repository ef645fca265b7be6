"""A Ray cluster of several nodes on this machine: its speed, and what survives when parts die."""
