"""The addresses of the service, one group a file."""
