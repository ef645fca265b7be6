"""The only place that touches CUDA: device, memory, kernels, and the device twin of `plan`.

Everything here imports without a GPU, without a driver and without cuda-core; what needs one of
them says so when it is called.
"""
