"""python -m benchmarks NAME [--repeats N]: measure, show, and keep in benchmarks/results/NAME.json."""

import argparse
import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

from benchmarks import page, picture, results
from benchmarks.quiet import busy_share, complaint

NAMES = ("kfold", "scaling", "parts", "overhead", "rows", "first_epoch", "memory", "floor", "gpu")
DRAWN = {"picture": picture.draw, "page": page.rewrite}


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=[*NAMES, "all", *DRAWN], help="what to measure; `picture` and `page` show it")
    parser.add_argument("--repeats", type=int, help="how often each case is measured, alternating with its peers")
    return parser.parse_args()


def measure(name: str, repeats: int | None) -> None:
    """Run the benchmark `name`, show its table, and keep its numbers."""
    module = import_module(f"benchmarks.{name}")
    repeats = repeats or module.REPEATS
    busy = busy_share()
    if complaint(busy):
        print(f"{name}: {complaint(busy)}", file=sys.stderr)
    values = module.measure(repeats)
    kept = results.result(name, repeats, busy, values)
    results.save(kept)
    show(name, module.table(values))


def show(name: str, rows: list[list[str]]) -> None:
    """Print a table whose first row is its header."""
    shown = Table(title=name, title_justify="left")
    for index, header in enumerate(rows[0]):
        shown.add_column(header, justify="right" if index else "left", overflow="fold")
    for row in rows[1:]:
        shown.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 140).print(shown)


def main() -> None:
    """Do what the command line says."""
    arguments = parse_arguments()
    if arguments.name in DRAWN:
        print(DRAWN[arguments.name]())
        return
    for name in NAMES if arguments.name == "all" else (arguments.name,):
        measure(name, arguments.repeats)


if __name__ == "__main__":
    main()
