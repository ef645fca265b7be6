"""The command line: `forensics-rt detect | doctor | inspect | verify`."""
