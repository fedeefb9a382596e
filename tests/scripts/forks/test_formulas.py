"""Cells of a written CSV file that a spreadsheet would run."""

import polars as pl
import pytest

from reporting.tables.formulas import without_formulas

RUN = ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "\r=1", "\n=1", "+49 30 123", "-", "=", "-1e", "--1"]
STAY = ["-3", "+4.5e-3", "-.5", "1.", "a=1", "", " =1", "'=1", "P-0412", "a@b.org"]


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical])
def test_a_text_that_would_be_run_gets_an_apostrophe_and_a_number_none(kind):
    found = without_formulas(pl.DataFrame({"id": pl.Series([*RUN, *STAY, None], dtype=kind)}))
    assert found["id"].to_list() == [*(f"'{text}" for text in RUN), *STAY, None]


def test_numbers_stay_numbers_and_names_of_columns_are_texts():
    table = pl.DataFrame({"=id": [-1, 2], "-x": [-0.5, None], "ok": [True, False]})
    found = without_formulas(table)
    assert found.columns == ["'=id", "'-x", "ok"]
    assert found.rows() == table.rows()


def test_what_was_escaped_is_not_escaped_again():
    once = without_formulas(pl.DataFrame({"=id": ["=1"]}))
    assert without_formulas(once).equals(once)
