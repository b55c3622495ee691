#!/usr/bin/env python3
"""The studies of inputs/checks bring back the published figures, by the reference implementation.

inputs/checks/expected.csv has one row per figure, derived by hand in the comments of the studies:
study, program, output (of MODEL section 9; outcome_gross/<outcome> by year), fiscal_year (empty: over
the horizon), expected, and what was published, in words.
"""

import csv
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKS = os.path.join(HERE, "..", "..", "inputs", "checks")
REFERENCE = os.path.join(HERE, "..", "reference")
sys.path.insert(0, REFERENCE)


def expected():
    """The rows of expected.csv by study."""
    by_study = {}
    with open(os.path.join(CHECKS, "expected.csv"), encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_study.setdefault(row["study"], []).append(row)
    return by_study


def computed(sample, base_year, row):
    """The figure of a row in a sample of the reference implementation."""
    if not row["fiscal_year"]:
        return sample.outputs[row["program"]][row["output"]].value
    totals, t = sample.programs[row["program"]], int(row["fiscal_year"]) - base_year
    if row["output"].startswith("outcome_gross/"):
        return totals.gross[row["output"].partition("/")[2]][t]
    return totals.accounts[row["output"]][t]


class Checks(unittest.TestCase):
    """Each study of inputs/checks."""

    def test_every_check_study_has_expectations(self):
        names = {name[:-5] for name in os.listdir(CHECKS) if name.endswith(".yaml")}
        self.assertEqual(names, set(expected()))

    @unittest.skipUnless(os.path.exists(os.path.join(REFERENCE, "fulcrum_reference.py")),
                         "no reference implementation here")
    def test_published_figures_come_back(self):
        import fulcrum_reference
        import quantities
        for name, rows in expected().items():
            with open(os.path.join(CHECKS, name + ".yaml"), encoding="utf-8") as file:
                study = quantities.load_study(file.read())
            for number in (0, 5):  # nothing is uncertain, so any sample and seed will do
                sample = fulcrum_reference.simulate_sample(study, 1 + number, number)
                for row in rows:
                    label = "/".join((name, row["program"], row["output"], row["fiscal_year"]))
                    with self.subTest(figure=label, sample=number):
                        value = computed(sample, study["horizon"]["base_year"], row)
                        self.assertAlmostEqual(value, float(row["expected"]),
                                               delta=1e-10 * max(1.0, abs(float(row["expected"]))))


if __name__ == "__main__":
    unittest.main()
