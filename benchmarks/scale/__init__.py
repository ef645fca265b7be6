"""What a billion pages a day would need: measured here, simulated for many nodes."""
