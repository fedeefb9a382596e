"""Bundled subset of MNIST: 500 handwritten digits of each class, 28 x 28 pixels.

LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition,
https://doi.org/10.1109/5.726791. The rows are sorted by class, so split them with a method that shuffles.
"""

from pathlib import Path

import numpy as np

from datamodules.table import Table

FILE = Path(__file__).parent / "files" / "mnist_5k.npz"


def load(root: Path) -> Table:
    """Table of the bundled file, pixels 0..255 divided by 255. Needs no `root`."""
    with np.load(FILE, allow_pickle=False) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    return digits_table("mnist_5k", images, labels)


def digits_table(name: str, images: np.ndarray, labels: np.ndarray, test_rows: np.ndarray | None = None) -> Table:
    """Table of uint8 images `(rows, height, width)`, divided by 255, and uint8 labels `(rows,)`."""
    _, height, width = images.shape
    return Table(
        name=name,
        features=np.divide(images.reshape(len(images), -1), 255, dtype=np.float32),
        targets=labels.astype(np.int32),
        columns=tuple(f"pixel_{row}_{column}" for row in range(height) for column in range(width)),
        target="digit",
        task="multiclass",
        classes=tuple(str(digit) for digit in range(10)),
        test_rows=test_rows,
    )
