from benchmarks.measures.ray import FRAMEWORKS, table


def test_two_actors_of_ray_are_compared_with_two_workers_measured_beside_them():
    seconds = {"local": [20.0, 20.0, 22.0], "ray": [21.0, 20.5, 22.0]}
    measured = {"parts": 4, "part_seconds": 10.04, "seconds": seconds, "start": {"local": 4.04, "ray": 9.96}}
    header, *rows = table(dict.fromkeys(FRAMEWORKS, measured))
    assert [len(row) for row in rows] == [len(header)] * len(FRAMEWORKS)
    assert rows[0][1:] == [
        "4",
        "10.0",
        "20.00 (20.00 to 22.00)",
        "21.00 (20.50 to 22.00)",
        "1.02 (1.00 to 1.05)",
        "at most 1.1",
        "ok",
        "4.0 and 10.0",
    ]
    slow = measured | {"seconds": {"local": [10.0], "ray": [12.0]}}
    assert table(dict.fromkeys(FRAMEWORKS, slow))[1][-2] == "above"
