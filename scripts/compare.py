"""Compare runs of the same data and folds, fold by fold."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import end_at_once, enter_environment

EXAMPLES = """examples:
  python scripts/compare.py runs/breast_cancer/2026-11-23_10-15-30        its two frameworks
  python scripts/compare.py runs/good_fit/2026-11-23_10-15-30/lightning runs/overfit/2026-11-23_10-16-02/lightning
exit codes: 0 done, 2 the runs cannot be compared, 73 not a run, 74 cannot write the picture"""


def picture(name: str) -> Path:
    """Parse the path of a picture. Raises ArgumentTypeError."""
    if Path(name).suffix not in (".png", ".svg", ".pdf"):
        raise argparse.ArgumentTypeError(f"must end in .png, .svg or .pdf, received '{name}'")
    return Path(name)


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument(
        "runs", nargs="+", type=Path, metavar="RUN", help="runs, or one framework's part: RUN/lightning"
    )
    parser.add_argument(
        "--metric",
        action="append",
        default=[],
        metavar="NAME",
        help="compare this one alone, which corrects for less; may be repeated",
    )
    parser.add_argument(
        "--rope", type=float, default=0.01, metavar="WIDTH",
        help="a smaller difference does not matter (default 0.01); of loss, brier, rmse, mae, as a share of their mean",
    )  # fmt: skip
    parser.add_argument(
        "--plot", type=picture, metavar="FILE", help="draw AUROC, R2 or the first metric as FILE.png, .svg or .pdf"
    )
    parser.add_argument("--pairs", action="store_true", help="of three runs or more, too, every pair in full")
    parser.add_argument("--json", action="store_true", help="print every number as JSON, and no table")
    parser.add_argument("--debug", action="store_true", help="show a traceback for every error")
    return parser.parse_args()


def main() -> int:
    """Run the command; return the exit code."""
    arguments = parse_arguments()
    end_at_once()
    enter_environment()
    from scripts.commands.compare import run_comparison

    return run_comparison(arguments)


if __name__ == "__main__":
    sys.exit(main())
