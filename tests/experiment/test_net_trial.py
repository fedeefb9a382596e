import numpy as np
import pytest

from experiment.layout import Layout
from experiment.net_errors import NetError
from experiment.net_trial import Trial, once


def test_a_net_is_tried_once_in_a_process_with_the_same_weights_and_rows():
    made = []

    def attempt():
        made.append(Trial(Layout((), ()), np.zeros(1)))
        return made[-1]

    weights, rows = np.ones((1, 3)), np.ones((2, 4))
    first = once("net", weights, rows, attempt)
    assert once("net", weights.copy(), rows.copy(), attempt) is first
    for other in (("another", weights, rows), ("net", weights + 1e-9, rows), ("net", weights, rows + 1e-9)):
        assert once(*other, attempt) is not first
    assert len(made) == 4


def test_a_net_that_was_refused_is_refused_again():
    def attempt():
        raise NetError("it mixes rows")

    for _ in range(2):
        with pytest.raises(NetError, match="mixes rows"):
            once("refused", np.ones(1), np.ones(1), attempt)
