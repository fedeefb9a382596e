"""Hyperband's brackets: how many trials start in each, and how many go on with more epochs.

Li et al. (JMLR 18, 2018), algorithm 1, leave the budget of a bracket open. keras-tuner fixes it, about 250 trials of
200 epochs. Here it is as large as `search.trials` allows, and the rungs of all brackets together have so many trials.
"""

from configs.schema import Study

FACTOR = 3
"""Trials of a rung for one of the next, which trains that many times as many epochs; keras-tuner's default."""

Sizes = list[list[int]]


def brackets(max_epochs: int) -> int:
    """Number of brackets: the last has the most rungs."""
    return sum(1 for power in range(64) if FACTOR**power <= max_epochs)


def sizes(max_epochs: int, trials: int) -> Sizes:
    """Trials of each rung of each bracket, `sizes[bracket][rung]`: at most so many `trials`, and one in each."""
    best = _scaled(max_epochs, 0)
    for largest in range(1, trials + 1):
        if total(tried := _scaled(max_epochs, largest)) > trials:
            break
        best = tried
    return best


def total(rungs: Sizes) -> int:
    """Number of trials of all rungs."""
    return sum(sum(bracket) for bracket in rungs)


def fewest_trials(study: Study) -> int:
    """The least number of trials that fills every rung."""
    return total(_scaled(study.training.max_epochs, 0))


def _scaled(max_epochs: int, largest: int) -> Sizes:
    """Rungs where the bracket with the most rungs starts with the `largest` number; brackets cost about the same."""
    most = brackets(max_epochs) - 1
    return [
        [
            max(1, round(largest * (most + 1) / (bracket + 1) * float(FACTOR) ** (bracket - most - rung)))
            for rung in range(bracket + 1)
        ]
        for bracket in range(most + 1)
    ]
