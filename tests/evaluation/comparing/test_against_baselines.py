"""Sentences on how the networks of a run do against a baseline."""

from types import SimpleNamespace

import pytest

from evaluation.comparing import against_baselines
from evaluation.comparing.against_baselines import Result


@pytest.fixture
def said(monkeypatch):
    def sentences(**results: Result | None) -> list[str]:
        monkeypatch.setattr(against_baselines, "_result", lambda network, best, metric: results[network.framework])
        networks, ridge = [SimpleNamespace(framework=name) for name in results], SimpleNamespace(framework="linear")
        return against_baselines._sentences(networks, ridge, "the best baseline", "r2", {"linear": "ridge regression"})

    return sentences


def test_networks_that_do_equally_are_one_sentence_and_others_are_not(said):
    beats, equals = (Result(verbs, "difference", "") for verbs in (("beats", "beat"), ("is equal to", "are equal to")))
    rest = "the best baseline, ridge regression (difference)"
    assert said(lightning=beats, tensorflow=beats) == [f"lightning and tensorflow beat {rest}"]
    assert said(lightning=beats, tensorflow=equals) == [f"lightning beats {rest}", f"tensorflow is equal to {rest}"]
    assert said(lightning=beats, tensorflow=None) == [f"lightning beats {rest}"]
