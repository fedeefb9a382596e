"""Rule for the positive class of a binary target that `data.positive` does not name."""

from __future__ import annotations

from collections.abc import Sequence

YES = {
    "yes", "y", "true", "t", "1", "1.0", "positive", "pos", "+", "ja", "oui", "si", "sí", "present", "case", "event",
    "sick", "ill", "disease", "diseased", "malignant", "abnormal", "dead", "died", "deceased", "relapse", "failure",
}  # fmt: skip
NO = {
    "no", "n", "false", "f", "0", "0.0", "-1", "negative", "neg", "-", "nein", "non", "absent", "control", "none",
    "healthy", "benign", "normal", "alive", "survived", "censored", "no relapse", "success",
}  # fmt: skip
SHORT = {"1", "y", "n", "t", "f"}
"""Names that say yes or no only beside their counterparts: 1 and 2 are kinds, and so are f and m."""
NEGATIONS = ("no ", "not ", "non ", "non-", "no-", "never ", "without ")


def positive_class(classes: Sequence[str], counts: Sequence[int]) -> tuple[str, str]:
    """The positive one of two sorted classes with `counts` rows each, and the reason.

    The class whose name says yes (yes, true, 1, positive, `>...`) where the other does not; then the one that is not
    the other with a no or not before it, or whose counterpart says no; else the rarer one, and the last one of equal
    counts.
    """
    first, second = classes
    for one, other in ((second, first), (first, second)):
        if _says_yes(one, other):
            return one, "its name says so"
    if counts[0] == counts[1]:
        return second, "the last in sorted order, since both are as frequent"
    return classes[0 if counts[0] < counts[1] else 1], "the rarer one"


def _says_yes(one: str, other: str) -> bool:
    one, other = one.casefold().strip(), other.casefold().strip()
    if (one in SHORT and other not in NO) or (other in SHORT and one not in YES):
        return False
    if one in YES and other not in YES:
        return True
    if other in NO and one not in NO and not other.lstrip("-").isdigit():
        return True
    return any(other == f"{negation}{one}" for negation in NEGATIONS) or (one[:1] == ">" and other[:1] in "<=")
