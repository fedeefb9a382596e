"""Rank every learner of the runs below a folder, one table for each fold plan."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import end_at_once, enter_environment

EXAMPLES = """examples:
  python scripts/leaderboard.py runs/
  python scripts/leaderboard.py runs/breast_cancer --metric accuracy --format latex --output table.tex
networks, searches, baselines and imported models count; those of different data or fold plans are never ranked together
exit codes: 0 done, 2 there is nothing to rank, 74 cannot write"""


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="runs are looked for in it, however deep")
    parser.add_argument(
        "--metric", metavar="NAME", help="sort by this one, as top_k_accuracy(k=5) (default: AUROC or RMSE)"
    )
    parser.add_argument("--format", choices=("table", "csv", "latex", "json"), default="table", help="default: table")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to FILE, which must not exist yet")
    parser.add_argument("--debug", action="store_true", help="show a traceback for every error")
    return parser.parse_args()


def main() -> int:
    """Run the command; return the exit code."""
    arguments = parse_arguments()
    end_at_once()
    enter_environment()
    from scripts.commands.leaderboard import run_ranking

    return run_ranking(arguments)


if __name__ == "__main__":
    sys.exit(main())
