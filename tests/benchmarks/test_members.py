from benchmarks.measures.members import FRAMEWORKS, table


def test_two_workers_are_compared_with_one_measured_beside_them():
    measured = {"parts": 4, "seconds": {"1": [10.0, 12.0, 30.0], "2": [5.0, 8.0, 15.0]}}
    header, *rows = table(dict.fromkeys(FRAMEWORKS, measured))
    assert [len(row) for row in rows] == [len(header)] * len(FRAMEWORKS)
    assert rows[0][2:] == [
        "12.00 (10.00 to 30.00)",
        "8.00 (5.00 to 15.00)",
        "2.00 (1.50 to 2.00)",
        "at least 1.7",
        "ok",
    ]
    (row, *_) = table({name: measured | {"seconds": {"1": [16.0], "2": [10.0]}} for name in FRAMEWORKS})[1:]
    assert row[-1] == "below"
