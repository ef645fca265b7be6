"""The folder with networks and settings that a detector runs."""
