"""Palmer penguins: 344 birds of three species, with words and missing values.

Horst, Hill and Gorman (2020), palmerpenguins, https://doi.org/10.5281/zenodo.3960218; CC0. Collected by Kristen Gorman
at Palmer Station, Antarctica, 2007 to 2009. `island` and `sex` are words; 19 values are missing.
"""

from dataclasses import replace
from pathlib import Path

from configs.sections.data import Data
from datamodules.reading.files.formats import read_file
from datamodules.reading.frames import table_of
from datamodules.table import Table

FILE = Path(__file__).parent / "files" / "penguins.csv"


def load(root: Path) -> Table:
    """Table of the bundled file, read as a user's file is; `species` is the target. Needs no `root`."""
    data = Data(source=str(FILE), target="species")
    return replace(table_of(read_file(FILE, data, {"species"}), data, None), name="penguins", note="", sources=())
