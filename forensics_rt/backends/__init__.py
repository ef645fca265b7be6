"""What runs a graph: one adapter a file behind one port, chosen with reasons."""
