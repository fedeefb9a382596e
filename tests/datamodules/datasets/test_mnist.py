import gzip
import hashlib
import io
import os
import struct
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from configs.errors import StudyError
from datamodules.datasets import mnist


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def small(monkeypatch) -> dict[str, bytes]:
    """Four small files in place of the published ones."""
    rng = np.random.default_rng(0)
    files = {}
    for part, rows in (("train", 6), ("t10k", 4)):
        files[f"{part}-images-idx3-ubyte"] = idx(rng.integers(0, 256, (rows, 28, 28), np.uint8))
        files[f"{part}-labels-idx1-ubyte"] = idx(rng.integers(0, 10, rows, np.uint8))
    digests = {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()}
    monkeypatch.setattr(mnist, "FILES", digests)
    return files


def no_network(*_: object, **__: object) -> None:
    raise OSError("no network")


@pytest.mark.parametrize("pack", [lambda content: content, gzip.compress])
def test_idx_files_are_read_with_and_without_gzip_and_the_test_images_come_last(small, tmp_path, monkeypatch, pack):
    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    (tmp_path / "mnist").mkdir()
    for name, content in small.items():
        (tmp_path / "mnist" / (name + ".gz" * (pack is gzip.compress))).write_bytes(pack(content))
    table = mnist.load(tmp_path)
    assert table.test_rows.tolist() == [6, 7, 8, 9]
    pixels = np.frombuffer(small["t10k-images-idx3-ubyte"][16:], np.uint8).reshape(4, 784)
    np.testing.assert_allclose(table.features[6:], pixels / 255, rtol=1e-6)
    assert (
        bytes(table.targets.astype(np.uint8))
        == small["train-labels-idx1-ubyte"][8:] + small["t10k-labels-idx1-ubyte"][8:]
    )


def test_missing_files_are_downloaded_once_and_kept(small, tmp_path, monkeypatch):
    def urlopen(url: str, timeout: int) -> io.BytesIO:
        return io.BytesIO(gzip.compress(small[url.removeprefix(mnist.MIRROR).removesuffix(".gz")]))

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    first = mnist.load(tmp_path)
    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    assert mnist.load(tmp_path).digest() == first.digest()
    assert sorted(path.name for path in (tmp_path / "mnist").iterdir()) == sorted(f"{name}.gz" for name in small)


def test_without_files_and_network_the_bundled_part_is_offered(tmp_path, monkeypatch):
    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    with pytest.raises(StudyError, match=r"train-images-idx3-ubyte.gz: is missing.*no network.*data.source=mnist_5k"):
        mnist.load(tmp_path)


def test_a_file_that_is_not_the_published_one_is_refused(small, tmp_path):
    (tmp_path / "mnist").mkdir()
    content = bytearray(small["train-images-idx3-ubyte"])
    content[-1] ^= 1
    (tmp_path / "mnist" / "train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(StudyError, match="is not the published MNIST file"):
        mnist.load(tmp_path)


@pytest.mark.parametrize(
    "damage", [lambda packed: packed[:50], lambda packed: b"<html>", lambda packed: packed[:20] + b"x" * 40]
)
def test_a_damaged_gzip_file_is_refused(small, tmp_path, damage):
    (tmp_path / "mnist").mkdir()
    packed = gzip.compress(small["train-images-idx3-ubyte"])
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").write_bytes(damage(packed))
    with pytest.raises(StudyError, match="is damaged"):
        mnist.load(tmp_path)


def full_disk(descriptor):
    raise OSError(28, "No space left on device")


def test_a_download_that_the_disk_does_not_hold_leaves_nothing(small, tmp_path, monkeypatch):
    def urlopen(url: str, timeout: int) -> io.BytesIO:
        return io.BytesIO(gzip.compress(small[url.removeprefix(mnist.MIRROR).removesuffix(".gz")]))

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        mnist.load(tmp_path)
    assert not list((tmp_path / "mnist").iterdir())


def test_a_file_that_cannot_be_read_is_told(small, tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte").touch()
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(
        StudyError, match=r"train-images-idx3-ubyte: cannot be read \(Permission denied\); fix that, or"
    ):
        mnist.load(tmp_path)
