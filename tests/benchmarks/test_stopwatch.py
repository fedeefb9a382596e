from benchmarks.cases import stopwatch as module
from benchmarks.cases.stopwatch import Stopwatch


def test_a_call_counts_without_the_parts_that_it_calls(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])

    class Work:
        def outer(self) -> None:
            now[0] += 1.0
            self.inner()
            self.inner()
            now[0] += 2.0

        def inner(self) -> None:
            now[0] += 5.0

    watch = Stopwatch()
    watch.watch(Work, "outer", "forward")
    watch.watch(Work, "inner", "metrics")
    Work().outer()
    assert watch.take() == {"forward": 3.0, "metrics": 10.0}
    assert watch.take() == {}
