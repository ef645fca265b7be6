"""Pure planning: where tiles lie, how they are turned, weighted and merged.

Numbers in, numbers out: nothing here reads a file or knows an engine. Whatever runs on a device
has its twin here.
"""
