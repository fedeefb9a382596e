"""Peers of the stack: the same folds one after the other, each peer with its fastest settings."""

from dataclasses import dataclass

from benchmarks.child import Values, run_case

FOLDS = 10
# Folds of a peer that one repetition times; others in each repetition, so that five of them cover all ten.
TIMED = 2
THREADS = (("--threads", "1"), ("--threads", "2"))
STEPS = tuple(("--steps-per-execution", steps) for steps in ("1", "4", "16"))


@dataclass(frozen=True)
class Peer:
    """A module of `benchmarks.cases.peers`, the framework it needs, and the settings it may choose from."""

    case: str
    title: str
    framework: str
    settings: tuple[tuple[str, ...], ...] = ((),)

    def fastest(self, overrides: list[str]) -> tuple[str, ...]:
        """The settings with which one fold took the least time."""
        if len(self.settings) == 1:
            return self.settings[0]
        return min(self.settings, key=lambda settings: self.run(overrides, settings, [0])["seconds"])

    def run(self, overrides: list[str], settings: tuple[str, ...], folds: list[int]) -> Values:
        """One process that trains `folds`."""
        return run_case(f"peers.{self.case}", *overrides, *settings, "--folds", *folds, framework=self.framework)

    def measure(self, overrides: list[str], settings: tuple[str, ...], repetition: int) -> Values:
        """The folds of one repetition; `seconds` are scaled to all ten."""
        folds = [(repetition * TIMED + index) % FOLDS for index in range(TIMED)]
        values = self.run(overrides, settings, folds)
        return values | {"seconds": values["seconds"] * FOLDS / TIMED, "folds": folds}


# The plain loop is first because its probe is the quickest.
PEERS = {
    "torch_loop": Peer("torch_loop", "plain torch loop, tensor slices", "lightning", THREADS),
    "trainer_loader": Peer("lightning_loader", "Lightning Trainer, DataLoader", "lightning", THREADS),
    "trainer_barebones": Peer("lightning_barebones", "Trainer(barebones=True), tensor batches", "lightning", THREADS),
    "sklearn": Peer("sklearn_mlp", "scikit-learn MLPClassifier, no dropout", "lightning"),
    "keras_fit": Peer("keras_fit", "Keras fit, best steps_per_execution", "tensorflow", STEPS),
}


def chosen_settings(overrides: list[str]) -> dict[str, tuple[str, ...]]:
    """The fastest settings of every peer; peers with the same choice, all of torch, take what the first one found."""
    found: dict[tuple[tuple[str, ...], ...], tuple[str, ...]] = {}
    for peer in PEERS.values():
        if peer.settings not in found:
            found[peer.settings] = peer.fastest(overrides)
    return {name: found[peer.settings] for name, peer in PEERS.items()}
