"""Parser of an untrusted safetensors file."""

import json

from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load


def parse_tensors(content: bytes) -> tuple[dict[str, NDArray], dict[str, str]]:
    """Arrays and metadata by name. Raises ValueError for bytes of no such file."""
    try:
        arrays: dict[str, NDArray] = load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        return arrays, {str(name): str(value) for name, value in header.get("__metadata__", {}).items()}
    except (SafetensorError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(str(error).partition("\n")[0]) from error
