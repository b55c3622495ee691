#!/usr/bin/env python3
"""Runs of the studies in inputs/checks give back the published figures of expected.csv.

Nothing in these studies is uncertain: every statistic of a figure is the figure, and its spread 0.
tests/inputs/test_checks.py holds the independent implementation to the same file.
"""

import csv
import os
import sys
import unittest

import h5py
import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

import fulcrum  # noqa: E402

CHECKS = os.path.join(fulcrum.INPUTS, "checks")
TOLERANCE = 1e-12  # a handful of roundings


def expected_figures():
    """{study: rows of expected.csv}."""
    figures = {}
    with open(os.path.join(CHECKS, "expected.csv"), encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            figures.setdefault(row["study"], []).append(row)
    return figures


def texts(dataset):
    """A list of strings in a result."""
    return [text.decode() if isinstance(text, bytes) else text for text in dataset[()]]


def statistic(file, row, suffix):
    """One statistic of the figure that a row of expected.csv is about."""
    metric, _, member = row["output"].partition("/")
    index = [texts(file["program"]).index(row["program"])]
    if member:
        index.append(texts(file["outcome"]).index(member))
    if row["fiscal_year"]:
        index.append(list(file["fiscal_year"][()]).index(int(row["fiscal_year"])))
    return numpy.asarray(file[f"{metric}_{suffix}"][tuple(index)], dtype=float)


class Published(unittest.TestCase):
    """One test for each study; the methods are made below."""

    def check_study(self, study, rows):
        """Every figure of a study, in every statistic."""
        with fulcrum.folder() as folder:
            output = os.path.join(folder, "result.h5")
            fulcrum.must("run", os.path.join(CHECKS, study + ".yaml"), "-n", 500, "-q",
                         "-o", output, "--seed", 7)
            with h5py.File(output) as file:
                for row in rows:
                    with self.subTest(figure=f"{row['program']}/{row['output']}"):
                        self.check_figure(file, row)

    def check_figure(self, file, row):
        """Mean, extremes and quantiles are the figure; the spread is rounding of unit sizes."""
        figure = float(row["expected"])
        scale = max(abs(figure), 1.0)
        for suffix in ("mean", "minimum", "maximum", "quantile"):
            wrong = numpy.max(numpy.abs(statistic(file, row, suffix) - figure))
            self.assertLessEqual(wrong, TOLERANCE * scale, suffix)
        self.assertLessEqual(statistic(file, row, "sd"), TOLERANCE * scale)
        self.assertEqual(statistic(file, row, "defined"), 500)

    def test_every_study_has_figures(self):
        studies = {name[:-5] for name in os.listdir(CHECKS) if name.endswith(".yaml")}
        self.assertEqual(studies, set(expected_figures()))

    def test_table_on_the_terminal_shows_the_figures(self):
        with fulcrum.folder() as folder:
            output = os.path.join(folder, "mep.h5")
            fulcrum.must("run", os.path.join(CHECKS, "mep_fy2023.yaml"), "-n", 200, "-q", "-o",
                         output)
            shown = fulcrum.must("show", output, "--output", "MEP/new_sales_per_dollar")
            self.assertIn(" 24.6", shown)
            shown = fulcrum.must("show", output, "--output", "MEP/outcome_gross/jobs")
            self.assertIn(" 107100", shown)


def add_study(name, rows):
    """A test method for a study."""
    setattr(Published, f"test_{name}", lambda self: self.check_study(name, rows))


for _name, _rows in expected_figures().items():
    add_study(_name, _rows)


if __name__ == "__main__":
    unittest.main()
