"""Prebuilt engines: whether one fits this machine, and where one built here is kept."""
