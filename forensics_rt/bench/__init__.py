"""How fast a bundle runs here, and what its speed costs in accuracy."""
