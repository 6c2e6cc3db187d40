"""Tests the arithmetic of the benchmark."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # processes.py
from figures import Metric, Pair, Run, best, metrics, ratio, rows
from goals import Goal, of_run, of_start
from table import markdown, number, of_starts

METRICS = metrics((16,), (1,), (0, 10))


def dialogue(rate: float) -> dict[str, object]:
    return {"dialogue_16": {"connections": rate, "seconds": 1.0, "failures": {}}}


RUNS = [
    Run("greet", 1, "floor", dialogue(1000)), Run("greet", 2, "floor", dialogue(500)),
    Run("greet", 3, "floor", dialogue(800)),
    Run("greet", 1, "yodeld", dialogue(900)), Run("greet", 2, "yodeld", dialogue(500)),
    Run("greet", 3, "yodeld", dialogue(800)),
    Run("greet", 1, "slow", dialogue(100)), Run("greet", 2, "slow", dialogue(100)),
    Run("greet", 3, "slow", {}, "has ended"),
    Run("greet", 1, "slower", dialogue(90)), Run("greet", 2, "slower", dialogue(400)),
    Run("greet", 3, "slower", dialogue(80)),
]


class Ratios(unittest.TestCase):
    def test_is_the_median_of_those_within_a_round(self) -> None:
        self.assertEqual(ratio({1: 1.0, 2: 8.0, 3: 9.0}, {1: 2.0, 2: 4.0, 3: 3.0}), 2.0)

    def test_ignores_rounds_that_one_has_missed(self) -> None:
        self.assertEqual(ratio({1: 1.0, 3: 9.0}, {1: 2.0, 2: 4.0}), 0.5)

    def test_there_is_none_without_a_round_in_common(self) -> None:
        self.assertIsNone(ratio({1: 1.0}, {2: 2.0}))

    def test_best_goes_by_the_median(self) -> None:
        figures = {"a": {1: 1.0, 2: 9.0, 3: 1.0}, "b": {1: 2.0, 2: 2.0, 3: 2.0}, "c": {}}
        self.assertEqual(best(figures, ("a", "b", "c"), True), "b")
        self.assertEqual(best(figures, ("a", "b", "c"), False), "a")
        self.assertEqual(best(figures, ("c",), True), "")


class Rows(unittest.TestCase):
    def test_of_runs(self) -> None:
        row, = (row for row in rows(METRICS, RUNS, "floor", ("slow", "slower"))
                if row.metric.key == "rate_16")
        self.assertEqual(row.typical, {"floor": 800, "yodeld": 800, "slow": 100, "slower": 90})
        self.assertEqual(row.to_floor["yodeld"], 1.0)
        self.assertEqual(row.best_peer, "slow")
        self.assertEqual(row.to_best_peer["yodeld"], 7.0)

    def test_a_metric_without_values_has_no_row(self) -> None:
        found = rows(METRICS, RUNS, "floor", ())
        self.assertEqual([row.metric.key for row in found], ["rate_16"])

    def test_memory_is_for_each_connection(self) -> None:
        memory: Metric = next(metric for metric in METRICS if metric.key == "memory")
        result = {"before_kib": 1000, "after_kib": 400, "connections": 6}
        self.assertEqual(memory.value(result), 100)


class Starts(unittest.TestCase):
    PAIR = Pair("talk", "nc", {1: 4.0, 2: 3.0, 3: 2.0, 4: 10.0, 5: 10.0},
                {1: 2.0, 2: 2.0, 3: 2.0, 4: 2.0, 5: 4.0})

    def test_quartiles_are_of_the_ratios_within_a_round(self) -> None:
        self.assertEqual(self.PAIR.ratio_quartiles(), [1.0, 1.5, 2.0, 2.5, 5.0])

    def test_one_round_is_its_own_quartiles(self) -> None:
        self.assertEqual(Pair("a", "b", {1: 3.0}, {1: 2.0}).ratio_quartiles(), [1.5] * 5)

    def test_goal_goes_by_the_median_ratio(self) -> None:
        goal = of_start(self.PAIR)
        self.assertEqual((goal.measured, goal.reached), (2.0, False))

    def test_table(self) -> None:
        line = of_starts([self.PAIR]).splitlines()[2]
        self.assertEqual([cell.strip() for cell in line.strip("|").split("|")],
                         ["talk", "nc", "4.00", "2.00", "1.00", "1.50", "2.00", "2.50", "5.00"])


class Goals(unittest.TestCase):
    def test_are_found_and_judged(self) -> None:
        goals = of_run(rows(METRICS, RUNS, "floor", ("slow", "slower")), "yodeld", "records")
        self.assertTrue(goals[0].reached)
        self.assertIn("1.00, reached", str(goals[0]))
        self.assertIn("not measured", str(goals[2]))

    def test_at_most(self) -> None:
        self.assertTrue(Goal("memory", 145, 145, False).reached)
        self.assertIn("NOT reached", str(Goal("memory", 146, 145, False)))


class Table(unittest.TestCase):
    def test_number(self) -> None:
        self.assertEqual([number(value) for value in (12345.6, 45.67, 1.234)],
                         ["12,346", "45.7", "1.23"])

    def test_markdown(self) -> None:
        self.assertEqual(markdown(["server", "1/s"], [["a", "1,000"], ["b", "–"]]),
                         "| server |   1/s |\n| ------ | ----: |\n"
                         "| a      | 1,000 |\n| b      |     – |\n")


if __name__ == "__main__":
    unittest.main()
