"""Sobol' indices, Shapley effects and elementary effects of models whose indices are known (references.py), by the
estimators of engine/sensitivity; one seed here, how often intervals hold over many is in coverage_indices.py."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import coverage_indices as coverage  # noqa: E402
import references  # noqa: E402

SEED = 1


class KnownAnswers(unittest.TestCase):
    def check(self, method, model, design, samples, largest_error):
        """Every number is within 4.5 of its errors of the truth, no error above `largest_error`."""
        truths = references.truths(method, model)
        seen = set()
        for key, value, error, low, high in coverage.values(method, model, design, SEED, samples, 1):
            if key not in truths:
                self.assertFalse(value > 0 or value < 0, key)  # a constant output: undefined, no effects
                continue
            seen.add(key)
            truth, own_error = truths[key]
            self.assertLessEqual(abs(value - truth), 4.5 * error + 4 * own_error + 1e-9, key)
            self.assertLess(error, largest_error, key)
            self.assertLess(abs((high - low) - 2 * 2.13145 * error), 1e-3 * error + 1e-12)
        return seen

    def test_ishigami(self):
        seen = self.check("sobol", "ishigami", "mc", 16384, 0.016)
        self.assertEqual(len(seen), 12)
        self.check("second", "ishigami", "mc", 16384, 0.014)
        self.check("shapley", "ishigami", "mc", 49152, 0.012)
        self.check("sobol", "ishigami", "sobol", 16384, 0.01)
        self.check("screening", "ishigami", "mc", 4096, 0.2)

    def test_g(self):
        self.check("second", "g", "mc", 16384, 0.01)
        self.check("shapley", "g", "mc", 49152, 0.01)
        self.check("screening", "g", "mc", 4096, 0.1)

    def test_morris(self):
        seen = self.check("screening", "morris", "mc", 16384, 1)
        self.assertEqual(len(seen), 60)

    def test_borehole(self):
        self.check("sobol", "borehole", "sobol", 16384, 0.01)
        self.check("shapley", "borehole", "mc", 24576, 0.012)
        self.check("screening", "borehole", "lhs", 4096, 1)

    def test_oakley(self):
        seen = self.check("second", "oakley", "mc", 16384, 0.02)
        self.assertEqual(len(seen), 31 + 2 * 105)
        self.check("shapley", "oakley", "mc", 49152, 0.01)

    def test_dependent_normals(self):
        """First indices are closed, totals what is left by the others, Shapley effects add up."""
        for model in ("pair", "triple"):
            self.check("sobol", model, "mc", 16384, 0.02)
            self.check("shapley", model, "mc", 49152, 0.01)
            self.check("shapley", model, "sobol", 32768, 0.01)


class Coverage(unittest.TestCase):
    def test_intervals_hold_the_truth(self):
        """95 % intervals of 60 short runs: at least 50 hold, each and every one (one in 10,000)."""
        for case in (("sobol", "ishigami", "mc", 1536), ("sobol", "triple", "sobol", 1024),
                     ("shapley", "triple", "mc", 6144), ("shapley", "alike", "mc", 6144)):
            method, model, design, samples = case
            for name, rows in coverage.shares(method, model, design, 1000, samples, 60).items():
                for share, ratio, factor in rows:
                    self.assertGreaterEqual(share, 50 / 60, (case, name, factor))
                    self.assertTrue(0.6 < ratio < 1.6, (case, name, factor, ratio))


if __name__ == "__main__":
    unittest.main()
