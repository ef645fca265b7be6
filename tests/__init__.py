"""Tests mirror the packages; each reads as an example of what it tests."""
