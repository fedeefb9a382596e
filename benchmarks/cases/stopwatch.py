"""Time of the parts of a program: each call's own time, without the parts that it calls."""

import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any


class Stopwatch:
    """Adds up the seconds of watched methods, by part."""

    def __init__(self) -> None:
        """No method is timed yet."""
        self.seconds: Counter[str] = Counter()
        self._inside = 0.0

    def watch(self, owner: type, name: str, part: str) -> None:
        """Count every call of `owner.name` as `part`."""
        setattr(owner, name, self.timed(getattr(owner, name), part))

    def timed(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        """`function`, whose time is added to `part`."""

        @wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            outside, self._inside = self._inside, 0.0
            started = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                took = time.perf_counter() - started
                self.seconds[part] += took - self._inside
                self._inside = outside + took

        return call

    def take(self) -> dict[str, float]:
        """Seconds by part since the last call."""
        taken = dict(self.seconds)
        self.seconds.clear()
        return taken
