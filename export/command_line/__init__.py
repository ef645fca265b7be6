"""The command line of `python -m export.build_engines`: options in, progress and tables out."""
