"""What the service costs beside the library, and what it withstands, on loopback."""
