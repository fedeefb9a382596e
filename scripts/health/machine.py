"""Cores, memory, disk space and write access of this machine."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from experiment.rules.resources.memory import free_memory
from scripts.health.findings import Finding

GIB = 2**30
LIMITS = ("LOKY_MAX_CPU_COUNT",)
"""Variables that leave a process fewer cores; OMP_NUM_THREADS does not, since each learner sets its threads."""
LITTLE_MEMORY, LITTLE_DISK = 2 * GIB, GIB
NO_DISK = 50 * 2**20
"""Bytes that both frameworks and the parent take at once, that some runs take, and that a single run takes."""


def machine(root: Path) -> Iterator[Finding]:
    """All of this machine, for runs below `root`."""
    yield cores()
    yield memory()
    yield writing("output.root", root)
    yield writing("temporary", Path(tempfile.gettempdir()))
    yield disk(root)


def cores() -> Finding:
    """Cores that a process may use, and those of the machine; a warning for a single one, or if a variable is why."""
    there, usable = os.cpu_count() or 1, usable_cores()
    text = f"{usable} of {there} may be used" if usable < there else f"{usable}"
    if limits := [name for name in LIMITS if name in os.environ and usable < there]:
        cure = f"unset {' '.join(limits)}, unless others need the cores"
        return Finding("warning", "cores", "; ".join([text, *(f"{name}={os.environ[name]}" for name in limits)]), cure)
    if usable == 1:
        cure = "give it more (taskset, the container's quota, cpus-per-task), or train one framework at a time"
        return Finding("warning", "cores", f"{text}: both frameworks wait for one another", cure)
    return Finding("ok", "cores", text)


def usable_cores() -> int:
    """Cores by affinity and by the quota of the container, which joblib knows; by affinity alone without joblib."""
    try:
        from joblib import cpu_count

        return int(cpu_count())
    except Exception:  # missing, or broken
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> Finding:
    """Free memory, limits of the container included."""
    free = free_memory()
    text = f"{free / GIB:.1f} GiB free, limits of a container included"
    if free >= LITTLE_MEMORY:
        return Finding("ok", "memory", text)
    cure = "train one framework at a time (framework=lightning), end other programs, or raise the container's limit"
    return Finding(
        "warning", "memory", f"{text}; both frameworks together take about {LITTLE_MEMORY / GIB:.0f} GiB", cure
    )


def writing(subject: str, folder: Path) -> Finding:
    """Whether files can be made in `folder`, or in the folder in which it would be made."""
    place = existing(folder)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".doctor-"):
            return Finding("ok", subject, f"{folder} can be written")
    except OSError as error:
        option = "TMPDIR=FOLDER" if subject == "temporary" else "output.root=FOLDER"
        cure = f"give yourself the right to write there, or set {option}"
        return Finding("fault", subject, f"{place} cannot be written ({error.strerror})", cure, stops=True)


def disk(root: Path) -> Finding:
    """Free disk space where runs are kept."""
    place = existing(root)
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding("warning", "disk", f"{place}: free space is not known ({error.strerror})")
    text = f"{free / GIB:.1f} GiB free in {place}"
    cure = "delete old runs, or set output.root to another disk"
    if free < NO_DISK:
        return Finding("fault", "disk", f"{text}; a run takes up to {NO_DISK >> 20} MiB", cure, stops=True)
    return Finding("warning", "disk", text, cure) if free < LITTLE_DISK else Finding("ok", "disk", text)


def existing(folder: Path) -> Path:
    """The folder itself, or the nearest one around it that is there."""
    absolute = folder.absolute()
    return next(place for place in (absolute, *absolute.parents) if place.exists())
