"""Outcome of a run: what was judged, and what was read and drawn on the way."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evaluation.comparing.against_baselines import AgainstBaselines
from experiment.results.baselines import beside_baselines
from experiment.results.saved import RunResults
from experiment.run.exit_codes import DONE
from experiment.run.run_directory import RunDirectory


@dataclass
class Outcome:
    """Outcome of a run: directory, metrics of networks and of all other learners, hints, disagreement, exit code."""

    run: RunDirectory
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    baselines: dict[str, dict[str, Any]] = field(default_factory=dict)
    hints: list[str] = field(default_factory=list)
    disagreement: str = ""
    exit_code: int = DONE

    @cached_property
    def results(self) -> RunResults:
        """The files that have been read, and the figures that have been drawn."""
        return RunResults(self.run)

    def beside_baselines(self) -> AgainstBaselines | None:
        """The networks beside baselines and imported models; None without those."""
        return beside_baselines(self.results, self.metrics, self.baselines)
