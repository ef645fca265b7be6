"""The command line: `forensics-rt detect | calibrate | doctor | inspect | verify`."""
