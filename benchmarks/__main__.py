"""python -m benchmarks NAME [--repeats N]: measure, show, and keep in benchmarks/results/NAME.json."""

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec

NAMES = (
    "kfold",
    "scaling",
    "members",
    "ray",
    "parts",
    "overhead",
    "rows",
    "first_epoch",
    "memory",
    "floor",
    "search",
    "gpu",
)
SHOWN = {"picture": "draw", "page": "rewrite"}


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=[*NAMES, "all", *SHOWN], help="what to measure; `picture` and `page` show it")
    parser.add_argument("--repeats", type=int, help="how often each case is measured, alternating with its peers")
    parser.add_argument("--cpu", action="store_true", help="rehearse `gpu` on the CPU; nothing is kept")
    parser.add_argument("--framework", help="of `gpu`: one alone")
    return parser.parse_args()


def missing(needed: tuple[str, ...]) -> str:
    """What to do about packages of `needed` that are not installed; "" if all are."""
    absent = [name for name in needed if find_spec(name) is None]
    if not absent:
        return ""
    names = ", ".join(absent)
    cure = "bring them along: pip install --target DIR PACKAGES, then PYTHONPATH=DIR (versions: constraints.txt)"
    return f"benchmarks: not installed for {sys.executable}: {names}; run `make setup`, or {cure}"


def measure(name: str, arguments: argparse.Namespace) -> None:
    """Run the benchmark `name`, show its table, and keep its numbers unless it is a rehearsal."""
    from benchmarks import results
    from benchmarks.quiet import busy_share, complaint

    module = import_module(f"benchmarks.measures.{name}")
    repeats = arguments.repeats or module.REPEATS
    busy = busy_share()
    if complaint(busy):
        print(f"{name}: {complaint(busy)}", file=sys.stderr)
    if name == "gpu":
        device = "cpu" if arguments.cpu else "gpu"
        values = module.measure(repeats, device, (arguments.framework,) if arguments.framework else module.FRAMEWORKS)
    else:
        values = module.measure(repeats)
    if not arguments.cpu:
        results.save(results.result(name, repeats, busy, values))
    show(name, module.table(values))


def show(name: str, rows: list[list[str]]) -> None:
    """Print a table whose first row is its header."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=name, title_justify="left")
    for index, header in enumerate(rows[0]):
        shown.add_column(header, justify="right" if index else "left", overflow="fold")
    for row in rows[1:]:
        shown.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 140).print(shown)


def main() -> int:
    """Do what the command line says; return the exit code."""
    arguments = parse_arguments()
    if cause := missing(import_module("benchmarks.measures.gpu").NEEDED):
        print(cause, file=sys.stderr)
        return 2
    if arguments.name in SHOWN:
        print(getattr(import_module(f"benchmarks.{arguments.name}"), SHOWN[arguments.name])())
        return 0
    for name in NAMES if arguments.name == "all" else (arguments.name,):
        measure(name, arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
