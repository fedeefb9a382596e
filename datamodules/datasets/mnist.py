"""MNIST: 70,000 handwritten digits of 28 x 28 pixels; rows 60,000 to 69,999 are the published test set.

LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition,
https://doi.org/10.1109/5.726791. Four IDX files, gzipped or not, in `data.root`/mnist; those that are missing are
downloaded there from the mirror that TensorFlow Datasets uses.
"""

import gzip
import hashlib
import urllib.request
import zlib
from http.client import HTTPException
from pathlib import Path

import numpy as np

from configs.errors import StudyError
from configs.files.atomic import write_bytes
from datamodules.datasets.mnist_5k import digits_table
from datamodules.table import Table

MIRROR = "https://storage.googleapis.com/cvdf-datasets/mnist/"
FILES = {  # name -> bytes and SHA-256 of the file without gzip
    "train-images-idx3-ubyte": (47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "train-labels-idx1-ubyte": (60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte": (7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte": (10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}
CURE = "put the file there by hand, or use the bundled part of it with data.source=mnist_5k"
TIMEOUT_SECONDS = 30


def load(root: Path) -> Table:
    """Table of all 70,000 images, pixels 0..255 divided by 255, the test images last.

    Raises:
        StudyError: a file is neither in `root`/mnist nor can be downloaded, or is not the published one.
    """
    arrays = {name: parse_idx(_read(root / "mnist", name)) for name in FILES}
    images = np.concatenate([arrays["train-images-idx3-ubyte"], arrays["t10k-images-idx3-ubyte"]])
    labels = np.concatenate([arrays["train-labels-idx1-ubyte"], arrays["t10k-labels-idx1-ubyte"]])
    test_rows = np.arange(len(arrays["train-labels-idx1-ubyte"]), len(labels))
    return digits_table("mnist", images, labels, test_rows)


def parse_idx(content: bytes) -> np.ndarray:
    """The uint8 array of an IDX file: magic 0, 0, 8, number of axes; each axis as big-endian uint32; the values."""
    axes = content[3]
    shape = np.frombuffer(content, ">u4", count=axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _read(folder: Path, name: str) -> bytes:
    """Content of one file without gzip, verified, from `folder` or else from the mirror."""
    plain, packed = folder / name, folder / f"{name}.gz"
    if plain.is_file():
        return _verified(_content(plain), name, str(plain))
    if packed.is_file():
        return _verified(_unpacked(_content(packed), packed), name, str(packed))
    received = _download(MIRROR + packed.name, packed)
    content = _verified(_unpacked(received, packed), name, MIRROR + packed.name)
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder.resolve() / packed.name, received)
    return content


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StudyError([f"{path}: cannot be read ({error.strerror or error}); fix that, or {CURE}"]) from error


def _download(url: str, target: Path) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response:
            return response.read()
    except (OSError, HTTPException) as error:
        raise StudyError([f"{target}: is missing and cannot be downloaded from {url} ({error}); {CURE}"]) from error


def _unpacked(content: bytes, path: Path) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise StudyError([f"{path}: is damaged ({error}); delete it, then {CURE}"]) from error


def _verified(content: bytes, name: str, place: str) -> bytes:
    size, digest = FILES[name]
    if len(content) != size or hashlib.sha256(content).hexdigest() != digest:
        raise StudyError([f"{place}: is not the published MNIST file ({size} bytes, SHA-256 {digest[:12]}...); {CURE}"])
    return content
