"""Summaries against numpy and scipy on the same values, read back through the test program's tool mode."""
import json
import os
import subprocess
import unittest

import numpy
import scipy.stats

PROGRAM = os.path.join(os.environ.get("BUILD", "build/test-gcc-openmpi"),
                       "tests", "unit", "test_summary")
PROBABILITIES = [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1.0]


def summarise(values, resolution):
    """The program reads doubles, adds them as one output in blocks, and prints JSON."""
    output = subprocess.run([PROGRAM, "summarise", resolution] + [repr(p) for p in PROBABILITIES],
                            input=numpy.asarray(values, "<f8").tobytes(), check=True,
                            stdout=subprocess.PIPE).stdout
    return json.loads(output)


def samples():
    source = numpy.random.default_rng(12)
    n = 200_000
    yield "normal", source.normal(3, 2, n)
    yield "normal near 1e9 with variance 0.25", source.normal(1e9, 0.5, n)
    yield "lognormal", source.lognormal(0, 1, n)
    yield "Pareto", source.pareto(3.5, n) + 1
    yield "uniform", source.uniform(-1, 1, n)
    yield "half zeros", numpy.where(source.random(n) < 0.5, 0, source.normal(0, 1e6, n))
    yield "three values", source.choice([0.0, 1.0, 0.125], n)
    yield "beta", source.beta(0.5, 0.5, n)
    yield "short", source.normal(0, 1, 50)


class AgainstNumpy(unittest.TestCase):
    def compare(self, name, values, got, width):
        ordered = numpy.sort(values)
        for p, (value, bound, low, high) in zip(PROBABILITIES, got["quantiles"]):
            exact = ordered[max(int(numpy.ceil(round(p * len(values), 6))), 1) - 1]
            self.assertLessEqual(abs(value - exact), bound, (name, p))
            self.assertLessEqual(bound, width * (abs(exact - got["mean"]) + 4 * values.std()), (name, p))
            self.assertTrue(low is None or low <= value <= (high or numpy.inf), (name, p))
        counts, _ = numpy.histogram(values, got["edges"])
        self.assertEqual(counts.tolist(), got["counts"], name)
        shifted = values - numpy.float64(values[0])
        self.assertAlmostEqual(got["mean"] - values[0], shifted.mean(),
                               delta=1e-12 * values.std() + numpy.spacing(abs(got["mean"])))
        self.assertAlmostEqual(got["sd"] / shifted.std(ddof=1), 1, delta=1e-12)
        self.assertAlmostEqual(got["skewness"], scipy.stats.skew(shifted), delta=1e-9, msg=name)
        self.assertAlmostEqual(got["kurtosis"] / (3 + scipy.stats.kurtosis(shifted)),
                               scipy.stats.kurtosis(shifted) / (3 + scipy.stats.kurtosis(shifted)),
                               delta=1e-9, msg=name)
        self.assertEqual((got["min"], got["max"]), (values.min(), values.max()))
        self.assertEqual((got["min_sample"], got["max_sample"]), (values.argmin(), values.argmax()))

    def test_fine(self):
        for name, values in samples():
            self.compare(name, values, summarise(values, "fine"), 2.0 ** -9)

    def test_coarse(self):
        for name, values in samples():
            self.compare(name, values, summarise(values, "coarse"), 2.0 ** -5)

    def test_standard_error_of_sd_matches_repetition(self):
        source = numpy.random.default_rng(5)
        repeated = source.gamma(2.0, 1.0, (2000, 1000)).std(axis=1, ddof=1).std()
        predicted = [summarise(source.gamma(2.0, 1.0, 1000), "fine")["sd_error"] for _ in range(20)]
        self.assertAlmostEqual(numpy.mean(predicted) / repeated, 1, delta=0.15)


if __name__ == "__main__":
    unittest.main()
