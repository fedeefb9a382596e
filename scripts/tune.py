"""Search the hyper-parameters of a study by cross-validation, many trials at once."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import end_at_once, enter_environment
from scripts.study_words import add_resume, refuse_files, study_parser

EXAMPLES = """examples:
  python scripts/tune.py 'search.space={optimizer.learning_rate: {low: 1.0e-4, high: 1.0e-2, log: true}}'
  python scripts/tune.py my_study.yaml search.trials=48 search.minutes=30 framework=lightning
  python scripts/tune.py my_study.yaml --dry-run                              the table, the folds and the space
  python scripts/tune.py --resume runs/breast_cancer/2026-11-23_10-15-30      go on after an interruption
  python scripts/tune.py --resume runs/breast_cancer/2026-11-23_10-15-30 search.trials=48     with more trials
exit codes: those of train.py"""


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = study_parser("tune.py", __doc__, EXAMPLES)
    add = add_resume(parser, "SEARCH", "go on with a search; search.trials and .minutes may be raised")
    add("--dry-run", action="store_true", help="show the table, the folds and the space, and train nothing")
    arguments = parser.parse_intermixed_args()
    refuse_files(parser, arguments)
    return arguments


def main() -> int:
    """Run the command; return the exit code."""
    arguments = parse_arguments()
    end_at_once()
    enter_environment()
    from scripts.commands.tune import run_tuning

    return run_tuning(arguments)


if __name__ == "__main__":
    sys.exit(main())
