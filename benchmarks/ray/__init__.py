"""Runs on a Ray cluster of several nodes on this machine: speed, and whatever dies meanwhile."""
