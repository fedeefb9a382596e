"""Unique names of several runs: by label, by study, or by differing settings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from configs.shown import shown
from experiment.run.run_directory import RunDirectory

LONGEST = 60
"""Largest length of a name; a longer one is replaced by the time of the run."""


def run_names(runs: Sequence[Path], settings: Mapping[str, Sequence[str]]) -> list[str]:
    """A name for each of several different runs, all different.

    Args:
        runs: their directories.
        settings: differing key of the studies -> its value in each run.

    Raises:
        StudyError: a study is damaged.
    """
    studies = [RunDirectory(run).load_study() for run in runs]
    labels, names = [study.output.run or "" for study in studies], [study.name for study in studies]
    differences = _differences(len(runs), settings)
    own = names if len(names) == len(set(names)) else differences
    either = [label or other for label, other in zip(labels, own, strict=True)]
    both = [f"{label} {other}".strip() for label, other in zip(labels, differences, strict=True)]
    times, places = ([shown("/".join(run.parts[-parts:])) for run in runs] for parts in (1, 2))
    found = (labels, either, both, times, places)
    return next((one for one in found if _are_names(one)), [shown(str(run)) for run in runs])


def _differences(count: int, settings: Mapping[str, Sequence[str]]) -> list[str]:
    """`dropout=0.5 learning_rate=0.003` for each run; a key is whole where two have the same last part.

    A key that a run has not ("-") is an argument of another net, loss or optimizer, whose name says enough.
    """
    settings = {key: values for key, values in settings.items() if "-" not in values}
    short = {key: key.rpartition(".")[2] for key in settings}
    alike = Counter(short.values())
    words = {key if alike[short[key]] > 1 else short[key]: values for key, values in settings.items()}
    return [" ".join(f"{key}={values[place]}" for key, values in words.items()) for place in range(count)]


def _are_names(words: Sequence[str]) -> bool:
    return len(set(words)) == len(words) and all(0 < len(word) <= LONGEST for word in words)
