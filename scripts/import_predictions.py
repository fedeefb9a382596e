"""Import another model's predictions for the folds of a run, as one more learner."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import end_at_once, enter_environment

EXAMPLES = """FILE is CSV, Parquet or Arrow, with a line for each row that a fold has predicted:
  row          number of the row in the table, from 0; of role 3 (scored), 4 (test) or 2 (validation) in RUN/folds.npz
  fold         and repeat, if the folds are repeated; seed, if several models of a fold differ in it
  probability  of the positive class; of several classes one column for each, by its name; of a regression: prediction
Every scored row of every fold is needed, once; test and validation rows all, or none. Without validation rows all
thresholds are 0.5. The column folds_sha256, or --folds-sha256, is compared with the digest of the run's fold plan.
example:
  python scripts/import_predictions.py runs/breast_cancer/2026-11-23_10-15-30 my_forest forest.csv
exit codes: 0 done, 2 the predictions, or the name, are wrong, 73 not a run, 74 cannot write, 75 already running"""


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="the run: runs/<study>/<run>")
    parser.add_argument("name", metavar="NAME", help="what the model is called: letters, digits, - and _")
    parser.add_argument("file", type=Path, metavar="FILE", help="its predictions")
    parser.add_argument(
        "--folds-sha256", default="", metavar="DIGEST", help="digest of the fold plan that the predictions are for"
    )
    parser.add_argument("--debug", action="store_true", help="show a traceback for every error")
    return parser.parse_args()


def main() -> int:
    """Run the command; return the exit code."""
    arguments = parse_arguments()
    end_at_once()
    enter_environment()
    from scripts.commands.import_predictions import run_import

    return run_import(arguments)


if __name__ == "__main__":
    sys.exit(main())
