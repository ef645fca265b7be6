"""Building TensorRT engines from the graphs of a bundle, TensorRT 10, 11 and for RTX alike."""
