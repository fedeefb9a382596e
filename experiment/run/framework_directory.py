"""Directory of one learner in a run: paths of its files."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FrameworkDirectory:
    """Files of one framework."""

    root: Path

    @property
    def name(self) -> str:
        """The name of its learner."""
        return self.root.name

    @property
    def history(self) -> Path:
        """One line per epoch and stack: the record from which event files can be rebuilt."""
        return self.root / "history.jsonl"

    @property
    def log(self) -> Path:
        """Automatic decisions of the run, with their reasons."""
        return self.root / "log.txt"

    @property
    def weights(self) -> Path:
        """The best weights, by portable name, with a leading axis `members`."""
        return self.root / "weights.safetensors"

    @property
    def predictions(self) -> Path:
        """Every prediction for a scored or a test row."""
        return self.root / "predictions.parquet"

    @property
    def validation(self) -> Path:
        """Every prediction for a validation row, for the choice of thresholds and temperatures."""
        return self.root / "validation.parquet"

    @property
    def fits(self) -> Path:
        """Training record of each member; written when the framework's part is done."""
        return self.root / "fits.json"

    @property
    def net_check(self) -> Path:
        """The net check: parameters and outputs of the network before training."""
        return self.root / "trial.safetensors"

    @property
    def graph(self) -> Path:
        """Computation graph of one member, for TensorBoard; exists if it could be traced."""
        return self.root / "graph.json"

    @property
    def metrics(self) -> Path:
        """Metrics of the predictions."""
        return self.root / "metrics.json"

    @property
    def training(self) -> Path:
        """Every prediction for a training row; of the sizes of a learning curve alone."""
        return self.root / "training.parquet"

    @property
    def learning_curve(self) -> Path:
        """Picture of the learning curve; of a run that has one."""
        return self.root / "learning_curve.png"

    @property
    def importance(self) -> Path:
        """Permutation importance of the columns; exists if it was measured."""
        return self.root / "importance.json"

    @property
    def checkpoints(self) -> Path:
        """For resuming only."""
        return self.root / "checkpoints"
