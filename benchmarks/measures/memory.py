"""Memory of training on 1,000,000 x 30 float32 rows, one epoch: ten folds against one. It hardly varies."""

from typing import Any

from benchmarks.child import run_case
from benchmarks.spread import spread
from configs.learners import LEARNERS

REPEATS = 1
ROWS, COLUMNS = 1_000_000, 30
OVERRIDES = ("training.max_epochs=1", "training.batch_size=1024")
TARGET = 1.3
FRAMEWORKS = tuple(LEARNERS)
FIELDS = ("imported_mib", "table_read_mib", "planned_mib", "planning_peak_mib", "training_peak_mib", "after_mib")


def measure(repeats: int, rows: int = ROWS) -> dict[str, Any]:
    """Resident memory in each phase, by framework and number of folds."""
    found: dict[str, Any] = {"rows": rows}
    for _ in range(repeats):
        for framework in FRAMEWORKS:
            for folds in (10, 1):
                chosen = [] if folds == 10 else ["--folds", 0]
                options = [*OVERRIDES, "--framework", framework, "--rows", rows, *chosen]
                values = run_case("memory", *options, framework=framework)
                found.setdefault(f"{framework}_{folds}", []).append(values)
    return found


def expected(rows: int, members: int) -> dict[str, float]:
    """MiB that the parts of a study must take, by what their arrays hold: default fractions, ten folds."""
    train, judged = rows * 0.8 * 0.9 * 0.85, rows * (0.2 + 0.08 + 0.8 * 0.9 * 0.15)
    sizes = {
        "the table, float32": rows * (COLUMNS + 1) * 4,
        "roles, int8": members * rows,
        "order of an epoch, int32": members * train * 4,
        "training rows, int32": members * train * 4,
        "predicted rows, int32, and their logits": members * judged * 8,
    }
    return {name: size / 2**20 for name, size in sizes.items()}


def table(values: dict[str, Any]) -> list[list[str]]:
    """Every phase, its ratio, and what the arrays must take."""
    rows = [["path", "MiB", "10 folds", "1 fold", "ratio", "target", ""]]
    for framework in FRAMEWORKS:
        for field in FIELDS:
            ten, one = (spread([run[field] for run in values[f"{framework}_{folds}"]]).median for folds in (10, 1))
            judged = field in ("training_peak_mib", "after_mib")
            verdict = [f"at most {TARGET}x", "ok" if ten <= TARGET * one else "above"] if judged else ["", ""]
            name = field.removesuffix("_mib").replace("_", " ")
            rows.append([framework, name, f"{ten:.0f}", f"{one:.0f}", f"{ten / one:.2f}", *verdict])
    for name, ten in expected(values["rows"], 10).items():
        one = expected(values["rows"], 1)[name]
        rows.append(["arrays hold", name, f"{ten:.0f}", f"{one:.0f}", "", "", ""])
    return rows
