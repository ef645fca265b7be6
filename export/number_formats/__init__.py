"""Graphs in other number formats: cast to float16 and bfloat16, quantized to int8."""
