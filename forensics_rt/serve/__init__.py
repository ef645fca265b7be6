"""The detector as a service over HTTP: `forensics-rt serve`."""
