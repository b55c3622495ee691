"""The arithmetic of `make bench-designs` on cases with known answers, and its control variates."""
import os
import subprocess
import sys
import unittest

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import controls  # noqa: E402
import designs  # noqa: E402

BUILD = os.environ.get("BUILD", "build/current")


class Arithmetic(unittest.TestCase):
    def test_gain_is_the_ratio_of_variances_within_its_interval(self):
        value, low, high = designs.gain(8.0, [1.0, 2.0, 3.0])
        self.assertEqual(value, 4.0)
        self.assertTrue(8 / 3 <= low < 4 < high <= 8, (low, high))
        self.assertEqual(designs.gain(8.0, [2.0, 2.0]), (4.0, 4.0, 4.0))

    def test_interval_of_a_ratio_holds_it_as_often_as_it_says(self):
        generator = np.random.default_rng(7)
        held = 0
        for _ in range(2000):
            _, low, high = designs.spread_ratio(2 * generator.normal(size=12), generator.normal(size=16))
            held += low <= 4 <= high
        self.assertAlmostEqual(held / 2000, 0.95, delta=0.02)

    def test_a_power_law_is_continued(self):
        sizes = np.array([1024, 4096, 16384])
        needed, slope = designs.samples_needed(sizes, 3.0 * sizes**-0.75, 3.0 * 10**-4.5)
        self.assertAlmostEqual(slope, -0.75, places=12)
        self.assertAlmostEqual(needed / 1e6, 1, places=9)

    def test_no_rate_is_flatter_than_that_of_monte_carlo(self):
        needed, slope = designs.samples_needed(np.array([100, 10000]), np.array([1.0, 0.5]), 0.5**0.5 / 10)
        self.assertEqual(slope, -0.5)
        self.assertAlmostEqual(needed / 1e5, 1, places=9)

    def test_cost_is_told_apart_from_start_up(self):
        seconds = {100: np.array([0.7, 0.9, 0.8]), 1100: np.array([2.7, 2.9, 9.9])}
        each, once = designs.marginal([100, 1100], seconds)
        self.assertAlmostEqual(each, 0.002)
        self.assertAlmostEqual(once, 0.6)

    def test_unit_years_begin_with_the_unit(self):
        cohorts = [{"start": 1988, "count": 2}, {"start": 2028, "count": 3}, {"start": 2050, "count": 9}]
        study = {"horizon": {"base_year": 2025, "years": 5}, "programs": {"A": {"units": {"cohorts": cohorts}}, "B": {}}}
        self.assertEqual(designs.unit_years(study), 2 * 5 + 3 * 2)


class Controls(unittest.TestCase):
    def test_draws_are_those_of_the_library(self):
        name, seed, samples = "programs/MEP/termination", 5, 4096
        places = [(0, 0), (17, 3), (4095, 14), (1000, 7)]
        text = "".join(f"sobol {seed} {samples} {sample} {index} {name}\n" for sample, index in places)
        done = subprocess.run([f"{BUILD}/tests/tools/design_at"], input=text.encode(), capture_output=True, check=True)
        drawn = controls.uniforms(seed, name, samples, 15)
        for (sample, index), line in zip(places, done.stdout.splitlines(), strict=True):
            self.assertEqual(np.uint64(int(line.split()[0], 16)).view(np.float64), drawn[sample, index])

    def test_controls_have_mean_zero(self):
        generator = np.random.default_rng(3)
        hazard = generator.uniform(0, 0.2, size=200000)
        centred = controls.ends(generator.random((200000, 6)), hazard, 1)
        self.assertEqual(centred.shape, (200000, 5))
        error = centred.std(axis=0) / np.sqrt(200000)
        self.assertLess(np.max(np.abs(centred.mean(axis=0)) / error), 4)

    def test_a_mean_is_known_where_controls_explain_all(self):
        generator = np.random.default_rng(4)
        found = generator.normal(size=(1600, 3))
        mean, error = controls.adjusted_mean(2.5 + found @ np.array([1.0, -2.0, 3.0]), found)
        self.assertAlmostEqual(mean, 2.5, places=12)
        self.assertLess(error, 1e-12)

    def test_what_controls_do_not_explain_stays(self):
        generator = np.random.default_rng(5)
        found, noise = generator.normal(size=(160000, 2)), generator.normal(size=160000)
        mean, error = controls.adjusted_mean(7 + 5 * found[:, 0] + noise, found)
        self.assertLess(abs(mean - 7), 4 / 400)
        self.assertTrue(0.4 / 400 < error < 1.7 / 400, error)


if __name__ == "__main__":
    unittest.main()
