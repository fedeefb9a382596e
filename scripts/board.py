"""Start TensorBoard on the newest runs, on named ones, on every fold of one, or every trial."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import end_at_once, enter_environment

EXAMPLES = """examples:
  python scripts/board.py                                                   the ten newest runs of all studies
  python scripts/board.py --last 3 -- --port 6007                           the three newest, at another port
  python scripts/board.py runs/breast_cancer/2026-11-23_10-15-30 --folds    every fold of one run
  python scripts/board.py runs/my_search/2026-11-23_10-15-30                a search: HParams has a row for each trial
what stands behind -- is handed on to tensorboard; Ctrl-C ends it
exit codes: 0 ended by Ctrl-C, 2 there is no run or no record of its epochs, 73 not a run, else tensorboard's own"""


def number(text: str) -> int:
    """Parse a number of runs. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a number from 1 on, received '{text}'")
    return int(text)


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        usage="board.py [options] [RUN ...] [-- OPTION OF TENSORBOARD ...]",
    )
    parser.add_argument(
        "runs", nargs="*", type=Path, metavar="RUN", help="runs, or one framework's part: RUN/lightning"
    )
    parser.add_argument("--last", type=number, metavar="N", help="the N newest runs (default 10)")
    parser.add_argument(
        "--root", type=Path, default=Path("runs"), help="where the newest are looked for (default runs)"
    )
    parser.add_argument("--folds", action="store_true", help="every fold of one run, the newest unless one is named")
    parser.add_argument("--debug", action="store_true", help="show a traceback for every error")
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    arguments = parser.parse_args(words[:end])
    arguments.options = words[end + 1 :]
    if arguments.runs and arguments.last:
        parser.error("name runs or take the --last ones, not both")
    if arguments.folds and (len(arguments.runs) > 1 or arguments.last):
        parser.error("--folds is of one run: name it, or none for the newest")
    return arguments


def main() -> int:
    """Run the command; return the exit code."""
    end_at_once()
    arguments = parse_arguments()
    enter_environment()
    from scripts.commands.board import run_board

    return run_board(arguments)


if __name__ == "__main__":
    sys.exit(main())
