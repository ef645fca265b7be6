"""Measurements, one question a file; each prints its table and can write it as JSON."""
