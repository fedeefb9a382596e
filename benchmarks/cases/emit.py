"""Command line and output of a case: arguments in, one line of JSON out."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.cases.memory_use import peak_mib
from configs.loading.loading import load_study
from configs.schema import Study

# The default study, all epochs.
BASE = ("training.early_stopping=null", "training.max_epochs=100")


def case_parser(about: str | None) -> argparse.ArgumentParser:
    """A parser of the arguments that every case takes: `key=value` changes to the study, and `--folds`."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="changes to the study")
    parser.add_argument("--folds", type=int, nargs="+", metavar="N", help="members to train; all by default")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of torch; its own choice by default")
    return parser


def case_study(overrides: Sequence[str]) -> Study:
    """The default study without early stopping, 100 epochs, with `overrides`."""
    return load_study(None, [*BASE, *overrides])


def use_threads(threads: int | None) -> None:
    """Let torch, which is loaded by now, use that many threads."""
    if threads is not None:
        sys.modules["torch"].set_num_threads(threads)


def emit(values: dict[str, Any]) -> None:
    """Print `values`, the process's peak memory, and its threads where a framework says how many it uses."""
    print(json.dumps(values | {"peak_rss_mib": peak_mib(), "threads": _threads()}, allow_nan=False))


def _threads() -> int | None:
    torch, tensorflow = sys.modules.get("torch"), sys.modules.get("tensorflow")
    if torch is not None:
        return int(torch.get_num_threads())
    # TensorFlow's own number is 0 for "as many as there are cores".
    return int(tensorflow.config.threading.get_intra_op_parallelism_threads()) if tensorflow is not None else None
