"""`python -m forensics_rt` is `forensics-rt`."""

from forensics_rt.cli.main import main

main()
