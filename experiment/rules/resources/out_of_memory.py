"""Out of memory: whether an error of either framework, or of Python, says that a device has none left."""

NAMES = ("MemoryError", "OutOfMemoryError", "ResourceExhaustedError")
"""Classes of Python (and NumPy), torch and TensorFlow; no framework is imported to recognise them."""
WORDS = (
    "can't allocate memory", "not enough memory", "RESOURCE_EXHAUSTED", "STATUS_ALLOC_FAILED", "ALLOCATION_FAILED",
    "out of memory", "OUT_OF_MEMORY", "Dst tensor is not initialized",
)  # fmt: skip
"""What errors of another class say: those of torch on a CPU, of XLA, cuBLAS, cuDNN, of CUDA's driver, and of TensorFlow
where a copy to a GPU finds no memory."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error`, or what it was raised from, is about memory: a smaller stack may fit."""
    if any(kind.__name__ in NAMES for kind in type(error).__mro__):
        return True
    if not isinstance(error, OSError | ValueError) and any(word in str(error) for word in WORDS):
        return True
    return error.__cause__ is not None and is_out_of_memory(error.__cause__)
