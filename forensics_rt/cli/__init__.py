"""The command line: `forensics-rt COMMAND`.

Commands are detect, detect-large, calibrate, bench, doctor, inspect and verify.
"""
