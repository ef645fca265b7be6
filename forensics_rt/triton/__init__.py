"""What runs inside an NVIDIA Triton server, and what looks after one."""
