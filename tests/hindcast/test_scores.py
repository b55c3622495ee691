"""Scores of `fulcrum hindcast` against closed forms, and their independence of ranks.

A plan that is a normal quantity makes the year's appropriation exactly normal, so the predictive distribution
of an observation with measurement error e is normal with variance sd^2 + e^2, and PIT, CRPS (Gneiting and
Raftery 2007, eq. 21) and log score are known.
"""

import math
import os
import subprocess
import tempfile
import unittest

import h5py
from scipy.stats import norm

BUILD = os.environ.get("BUILD", "build/current")
PROGRAM = os.path.join(BUILD, "fulcrum")
SAMPLES = 40000
MEAN, SD = 100.0, 10.0

STUDY = f"""
fulcrum: 1
title: A normal appropriation
horizon: {{base_year: 2025, years: 2}}
programs:
  P:
    instrument: grant
    budget: {{mode: share, plan: {{2025: {{normal: {{mean: {MEAN}, sd: {SD}}}}}}}}}
    units: {{cohorts: [{{start: 2020, count: 2}}]}}
    cost: {{ratio: 1}}
"""

# value, measurement error
OBSERVED = [(100.0, 5.0), (112.0, 3.0), (75.0, 1.0), (131.0, 0.5), (95.0, 0.0)]


def crps_of_normal(value, mean, sd):
    """Gneiting and Raftery (2007), eq. 21, negatively oriented."""
    z = (value - mean) / sd
    return sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / math.sqrt(math.pi))


class Scores(unittest.TestCase):
    """Each score within 5 standard errors or a relative bound that 40,000 samples keep."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.study = cls.write("study.yaml", STUDY)
        rows = "".join(f"P,appropriation,{2025 + i % 2},{value},{error},"
                       f"{'score' if i % 2 else 'calibration'},made up\n"
                       for i, (value, error) in enumerate(OBSERVED))
        cls.header = "program,output,fiscal_year,value,error,split,source\n"
        cls.observations = cls.write("observed.csv", cls.header + rows)
        cls.result = os.path.join(cls.folder.name, "scores.h5")
        cls.run_program(cls.observations, cls.result)
        with h5py.File(cls.result) as file:
            cls.table = {name: file[name][()] for name in file if isinstance(file[name], h5py.Dataset)}
            cls.overall = {split: dict(file[f"overall/{split}"].attrs)
                           for split in ("calibration", "score")}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def write(cls, name, text):
        """A file in the test's folder."""
        path = os.path.join(cls.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    @classmethod
    def run_program(cls, observations, output, launcher=()):
        """fulcrum hindcast; what it says on stderr, and its exit code."""
        command = [*launcher, PROGRAM, "hindcast", cls.study, observations, "-n", str(SAMPLES), "-q",
                   "-o", output]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def test_predictive_moments_are_those_of_the_normal(self):
        for i, (_, error) in enumerate(OBSERVED):
            sd = math.hypot(SD, error)
            self.assertAlmostEqual(self.table["predicted_mean"][i], MEAN, delta=5 * sd / SAMPLES**0.5)
            self.assertAlmostEqual(self.table["predicted_sd"][i], sd, delta=5 * sd / (2 * SAMPLES)**0.5)

    def test_pit_is_the_normal_distribution_function(self):
        for i, (value, error) in enumerate(OBSERVED):
            exact = norm.cdf(value, MEAN, math.hypot(SD, error))
            self.assertAlmostEqual(self.table["pit"][i], exact,
                                   delta=5 * self.table["pit_standard_error"][i] + 1e-12)

    def test_crps_is_that_of_the_normal(self):
        for i, (value, error) in enumerate(OBSERVED):
            exact = crps_of_normal(value, MEAN, math.hypot(SD, error))
            self.assertAlmostEqual(self.table["crps"][i], exact, delta=5 * SD / SAMPLES**0.5)

    def test_log_score_is_that_of_the_normal_and_undefined_without_error(self):
        for i, (value, error) in enumerate(OBSERVED):
            if error == 0:
                self.assertTrue(math.isnan(self.table["log_score"][i]))
                continue
            sd = math.hypot(SD, error)
            share = norm.cdf(value + 2 * error, MEAN, SD) - norm.cdf(value - 2 * error, MEAN, SD)
            self.assertAlmostEqual(self.table["log_score"][i], -norm.logpdf(value, MEAN, sd),
                                   delta=5 / (SAMPLES * share)**0.5)

    def test_intervals_hold_what_they_should(self):
        for i, (value, error) in enumerate(OBSERVED):
            distance = abs(norm.cdf(value, MEAN, math.hypot(SD, error)) - 0.5)
            self.assertEqual(self.table["inside_50"][i], distance < 0.25, i)
            self.assertEqual(self.table["inside_90"][i], distance < 0.45, i)

    def test_overall_figures_are_those_of_the_rows(self):
        rows = [i for i in range(len(OBSERVED)) if i % 2]
        overall = self.overall["score"]
        self.assertEqual(overall["observations"], len(rows))
        self.assertEqual(overall["inside_90"], sum(self.table["inside_90"][i] for i in rows))
        self.assertAlmostEqual(overall["mean_pit"], sum(self.table["pit"][i] for i in rows) / len(rows))

    def test_ranks_change_no_byte(self):
        other = os.path.join(self.folder.name, "other.h5")
        launcher = [os.environ.get("MPIRUN", "mpirun"), "-n", "3"]
        code, said = self.run_program(self.observations, other, launcher)
        self.assertEqual(code, 0, said)
        with open(self.result, "rb") as one, open(other, "rb") as two:
            self.assertEqual(one.read(), two.read())

    def weighted(self, rows, name):
        """A weighted hindcast of these rows; its exit code, message and file."""
        output = os.path.join(self.folder.name, name)
        path = self.write("weighted.csv", self.header + rows)
        command = [PROGRAM, "hindcast", self.study, path, "-n", str(SAMPLES), "-q", "--weigh", "-o", output]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr, output

    def test_weights_give_the_posterior_of_the_conjugate_normal(self):
        """Both years share one normal plan, so an observation of the first informs the second exactly."""
        seen, seen_error, value, error = 110.0, 8.0, 112.0, 3.0
        code, said, output = self.weighted(
            f"P,appropriation,2025,{seen},{seen_error},calibration,s\n"
            f"P,appropriation,2026,{value},{error},score,s\n", "weighted.h5")
        self.assertEqual(code, 0, said)
        precision = 1 / SD**2 + 1 / seen_error**2
        mean = (MEAN / SD**2 + seen / seen_error**2) / precision
        sd = math.sqrt(1 / precision + error**2)
        with h5py.File(output) as file:
            effective = file.attrs["effective_sample_size"]
            got = {name: file[name][1] for name in ("pit", "predicted_mean", "predicted_sd", "crps",
                                                    "log_score")}
        self.assertLess(effective, SAMPLES)
        bound = 5 / math.sqrt(effective)
        self.assertAlmostEqual(got["predicted_mean"], mean, delta=bound * sd)
        self.assertAlmostEqual(got["predicted_sd"], sd, delta=bound * sd)
        self.assertAlmostEqual(got["pit"], norm.cdf(value, mean, sd), delta=bound / 2)
        self.assertAlmostEqual(got["crps"], crps_of_normal(value, mean, sd), delta=bound * sd)
        self.assertAlmostEqual(got["log_score"], -norm.logpdf(value, mean, sd), delta=bound)
        # Kish's size: (E w)^2/E w^2 for w = exp(-((v - x)/e)^2/2), x normal.
        first = norm.pdf(seen, MEAN, math.hypot(SD, seen_error)) * seen_error
        half = seen_error / math.sqrt(2)
        second = norm.pdf(seen, MEAN, math.hypot(SD, half)) * half / math.sqrt(2 * math.pi)
        self.assertAlmostEqual(effective / SAMPLES, first**2 / second, delta=0.02)

    def test_collapsed_weights_are_refused(self):
        code, said, output = self.weighted("P,appropriation,2025,150,0.01,calibration,s\n", "none.h5")
        self.assertEqual(code, 65)
        self.assertIn("effective sample size", said)
        self.assertFalse(os.path.exists(output))

    def test_bad_observations_are_told_with_their_line(self):
        for row, expected in (("P,appropriatio,2025,1,1,score,s", "appropriation"),
                              ("P,appropriation,2035,1,1,score,s", "2025 to 2026"),
                              ("P,appropriation,2025,x,1,score,s", "not a number"),
                              ("P,appropriation,2025,1,-1,score,s", "must be >= 0"),
                              ("P,appropriation,2025,1,1,scored,s", "calibration or score"),
                              ("P,appropriation,2025,1,1,score", "6 fields"),
                              ("Q,appropriation,2025,1,1,score,s", "no program")):
            path = self.write("bad.csv", self.header + row + "\n")
            output = os.path.join(self.folder.name, "bad.h5")
            code, said = self.run_program(path, output)
            self.assertEqual(code, 65, said)
            self.assertIn("bad.csv:2", said)
            self.assertIn(expected, said)
            self.assertFalse(os.path.exists(output))


if __name__ == "__main__":
    unittest.main()
