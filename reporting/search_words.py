"""The answer of a search in sentences, for the terminal, the page and the headers of its study files."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.decimals import decimals, percentage

Answer = Mapping[str, Any]
OPTIMISTIC = "optimistic"
MOST_WON, MOST_CAUSES = 3, 3


def answer_lines(answer: Answer) -> list[tuple[str, str]]:
    """Terms with their sentences: best setting, inner mean, outer score, optimism, winners and so on."""
    best = answer["best"]
    if best is None:
        return [("best setting", "none: every trial failed"), *_failures(answer)]
    lines = [
        ("best setting", f"trial {best['number']}: {setting_in_words(answer, best)}"),
        ("inner mean", inner_in_words(answer)),
        ("outer score", outer_in_words(answer)),
        ("optimism", optimism_in_words(answer)),
        ("winners", won_in_words(answer)),
        ("simplest", simplest_in_words(answer)),
        *(("on a bound", bound_in_words(answer, one)) for one in answer["bounds"]),
        *_failures(answer),
    ]
    return [(term, text) for term, text in lines if text]


def inner_in_words(answer: Answer) -> str:
    """`AUROC 0.9971 +- 0.0010 (standard error), validation rows of 10 folds`."""
    best, name = answer["best"], answer["objective"]["name"]
    error = "" if best["error"] is None else f" +- {_number(best['error'])} (standard error)"
    folds, every = best["folds"], len(answer["folds"])
    where = f"{folds} of {every} folds" if folds < every else f"{folds} fold{'s' * (folds > 1)}"
    return f"{name} {_number(best['mean'])}{error}, validation rows of {where}"


def outer_in_words(answer: Answer) -> str:
    """The score on rows that chose nothing; of `selection: plain` it is called optimistic."""
    outer, name = answer["outer"], answer["objective"]["name"]
    if outer["mean"] is None:
        rows = "no row is scored or held out" if outer["where"] == "no rows" else f"undefined {outer['where']}"
        return f"{name} is unknown: {rows}"
    interval = "" if outer["low"] is None else f" (95 % {_number(outer['low'])} to {_number(outer['high'])})"
    told = f"{name} {_number(outer['mean'])}{interval}, {outer['where']}"
    if answer["optimistic"]:
        return f"{told}: {OPTIMISTIC}, since all folds together chose the setting, with the rows that score it"
    if outer["where"] == "out of fold":
        return f"{told}: of the whole procedure, each fold scored once by the setting that it chose without these rows"
    return f"{told}, which no trial has seen"


def optimism_in_words(answer: Answer) -> str:
    """The difference of inner mean and outer score, and what it says."""
    covered = answer["best"]["folds"] == len(answer["folds"])
    told = answer["optimism" if covered else "optimism_of_winners"]
    which = "the inner mean" if covered else "the inner mean of the folds' winners"
    if told["difference"] is None:
        return ""
    number = _number(told["difference"])
    if told["low"] is None:
        return f"{number}: by so much {which} looks better than the outer score"
    span = f"{number} (95 % {_number(told['low'])} to {_number(told['high'])}, paired over {told['folds']} folds)"
    if told["low"] > 0:
        return f"{span}: {which} promises too much"
    if told["high"] < 0:
        return f"{span}: {which} promises too little, since the scored rows are easier than the validation rows"
    return f"{span}: {which} and the outer score do not clearly differ"


def won_in_words(answer: Answer) -> str:
    """`trial 12 in 4 of 10 folds, trial 3 in 3, and 3 more in 1 to 2`; "" where all folds have one setting by plan."""
    won, folds = answer["won"], len(answer["folds"])
    if answer["selection"] == "plain" or not won or folds < 2:
        return ""
    first, *others = won[:MOST_WON]
    told = [f"trial {first['number']} in {first['folds']} of {folds} folds"]
    told += [f"trial {one['number']} in {one['folds']}" for one in others]
    if rest := won[MOST_WON:]:
        few, many = min(one["folds"] for one in rest), max(one["folds"] for one in rest)
        told.append(f"{len(rest)} more in {few if few == many else f'{few} to {many}'}")
    return ", ".join(told)


def simplest_in_words(answer: Answer) -> str:
    """The simplest setting within one standard error of the best; "" where no error is known."""
    simplest, best = answer["simplest"], answer["best"]
    if simplest is None or best["error"] is None:
        return ""
    within = len(simplest["within"])
    if simplest["number"] == best["number"]:
        return f"the best setting, the simplest of {within} within one standard error" if within > 1 else ""
    told = f"trial {simplest['number']}: {setting_in_words(answer, simplest)}"
    weights = f", {simplest['weights']:,} weights" if simplest["weights"] else ""
    mean = f"{answer['objective']['name']} {_number(simplest['mean'])}{weights}"
    return f"{told} ({mean}; simplest of {within} within one standard error)"


def bound_in_words(answer: Answer, at: Mapping[str, Any]) -> str:
    """A key whose best value lies on a bound, how far, and what to do."""
    side = "lower" if at["side"] == "low" else "upper"
    end = value_in_words(at["bound"])
    where = f"is the {side} bound"
    if at["share"] > 0:
        log = ", of its logarithm" * bool(answer["space"][at["key"]]["log"])
        where = f"is {percentage(at['share'])} of the range{log}, from the {side} bound {end}"
    others = f", as of {at['folds']} of {len(answer['folds'])} folds' winners" if at["folds"] > 1 else ""
    cure = f"search {'below' if at['side'] == 'low' else 'above'} {end}"
    return f"{at['key']} {value_in_words(at['value'])} {where}{others}: {cure}"


def failures_by_cause(answer: Answer) -> dict[str, list[int]]:
    """Cause -> numbers of the trials that failed by it."""
    found: dict[str, list[int]] = defaultdict(list)
    for one in answer["trials"]:
        if one["status"] == "failed":
            found[one["cause"] or "no fold has a finite objective"].append(one["number"])
    return dict(found)


def short_names(keys: Sequence[str], besides: str = "") -> dict[str, str]:
    """Dotted key -> its last part, `optimizer` for `optimizer.name`; the whole key where two have the same.

    So where it is that of what stands `besides` them, as the objective `loss`.
    """
    parts = [key.removesuffix(".name").rpartition(".")[2] for key in keys]
    taken = [*parts, besides]
    return {key: part if taken.count(part) == 1 else key for key, part in zip(keys, parts, strict=True)}


def setting_in_words(answer: Answer, entry: Mapping[str, Any]) -> str:
    """`dropout 0.1, learning_rate 0.003`: the searched keys of a setting."""
    return values_in_words(entry["values"], short_names(list(answer["written"] or entry["values"])))


def values_in_words(values: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """`dropout 0.1, learning_rate 0.003`, keys by their `names`; `as written` for none."""
    told = [f"{names.get(key, key)} {value_in_words(value)}" for key, value in values.items()]
    return ", ".join(told) or "as written"


def value_in_words(value: Any) -> str:
    """A value of a key as in YAML, numbers with four significant digits; a loss with arguments: `focal(gamma=2)`."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_in_words, value))}]"
    if isinstance(value, Mapping):
        given = ", ".join(f"{key}={value_in_words(one)}" for key, one in value.items() if key != "name")
        return f"{value['name']}({given})" if "name" in value and given else str(value.get("name", given))
    return str(value)


def _failures(answer: Answer) -> list[tuple[str, str]]:
    causes = failures_by_cause(answer)
    failed, trials = sum(map(len, causes.values())), len(answer["trials"])
    if not failed:
        return []
    told = [f"{cause} ({len(own)})" if len(causes) > 1 else cause for cause, own in list(causes.items())[:MOST_CAUSES]]
    more = [f"{len(causes) - MOST_CAUSES} more causes"] if len(causes) > MOST_CAUSES else []
    return [("failed", f"{failed} of {trials} trials: {'; '.join([*told, *more])}")]


def _number(value: float) -> str:
    return decimals(value, 4)
