"""This machine: processor, memory, threads, cache."""
