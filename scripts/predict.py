"""Predict new rows with the networks of a finished run."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import end_at_once, enter_environment

EXAMPLES = """examples:
  python scripts/predict.py runs/patients/2026-11-23_10-15-30 new_patients.csv                      to the terminal
  python scripts/predict.py runs/patients/2026-11-23_10-15-30 new_patients.csv --out predicted.csv  to a file
  python scripts/predict.py runs/patients/2026-11-23_10-15-30/tensorflow new_patients.parquet       in TensorFlow
The networks of all folds answer together, as under 'test, ensemble' in the table of the run. TABLE has the inputs of
the run, by name and in any order; its other columns stand before the predictions.
exit codes: 0 done, 2 the table or the run is wrong, 73 not a run, 74 cannot write"""


def table(name: str) -> Path:
    """Parse the path of a table. Raises ArgumentTypeError."""
    if Path(name).suffix.lower() not in (".csv", ".parquet"):
        raise argparse.ArgumentTypeError(f"must end in .csv or .parquet, received '{name}'")
    return Path(name)


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a finished run, or one framework's part: RUN/tensorflow")
    parser.add_argument("table", type=Path, metavar="TABLE", help="new rows, as .csv, .parquet, ...")
    parser.add_argument("--out", type=table, metavar="FILE", help="write FILE.csv or .parquet, and print nothing")
    parser.add_argument("--debug", action="store_true", help="show a traceback for every error")
    return parser.parse_args()


def main() -> int:
    """Run the command; return the exit code."""
    arguments = parse_arguments()
    end_at_once()
    enter_environment()
    from scripts.commands.predict import run_prediction

    return run_prediction(arguments)


if __name__ == "__main__":
    sys.exit(main())
