"""Confidence sequences against their formulas computed otherwise (scipy), and their coverage over
repeated looks; intervals for one look in their place must be noticed."""
import math
import os
import random
import subprocess
import sys
import unittest

from scipy import special

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import coverage_until  # noqa: E402
from coverage_until import fulcrum  # noqa: E402

BEST = 32768
ALPHAS = (0.05, 0.01, 0.05 / 7)


def ask(lines):
    """The tool's answers, a list of numbers for each line."""
    path = os.path.join(fulcrum.BUILD, "tests", "tools", "sequences_at")
    done = subprocess.run([path], input="\n".join(lines) + "\n", stdout=subprocess.PIPE, check=True,
                          encoding="utf-8")
    return [[float.fromhex(word) if "x" in word or "inf" in word else int(word)
             for word in line.split()] for line in done.stdout.splitlines()]


def tuned(alpha):
    """n* rho^2: the approximation of Waudby-Smith et al."""
    return -2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))


def log_mixture(met, n, p, alpha):
    """Equation (2) of sequences.h by scipy's log beta."""
    r = BEST / tuned(alpha) - 1
    return (special.betaln(r * p + met, r * (1 - p) + n - met) - special.betaln(r * p, r * (1 - p))
            - special.xlogy(met, p) - special.xlog1py(n - met, -p))


def cases(seed, count, largest):
    """(met, n, p) that belong together, more or less."""
    draw = random.Random(seed)
    for _ in range(count):
        n = int(10 ** draw.uniform(0, math.log10(largest)))
        p = draw.choice((draw.random(), 10 ** draw.uniform(-5, -1), 1 - 10 ** draw.uniform(-4, -1)))
        met = round(n * p + draw.gauss(0, 3) * math.sqrt(n * p * (1 - p)))
        yield min(n, max(0, met)), n, p


class Formulas(unittest.TestCase):
    """What the header says."""

    def test_mixture_is_the_ratio_of_beta_functions(self):
        asked = [(*case, alpha) for case in cases(1, 300, 1e6) for alpha in ALPHAS]
        told = ask(f"mixture {m} {n} {p!r} {a!r}" for m, n, p, a in asked)
        for case, (value,) in zip(asked, told):
            self.assertAlmostEqual(log_mixture(*case), value, delta=3e-7, msg=case)

    def test_probability_is_where_the_mixture_crosses(self):
        asked = [(met, n, alpha) for met, n, _ in cases(2, 200, 1e6) for alpha in ALPHAS]
        told = ask(f"probability {m} {n} {a!r}" for m, n, a in asked)
        for (met, n, alpha), (low, high) in zip(asked, told):
            self.assertTrue(low <= met / n <= high, (met, n))
            for end, limit in ((0, low), (1, high)):
                if limit == end or abs(limit - end) < 1e-12:  # no p on this side is excluded
                    inside = abs(end - 1e-9)
                    self.assertLess(log_mixture(met, n, inside, alpha), 1e-5 - math.log(alpha), (met, n))
                else:
                    self.assertAlmostEqual(log_mixture(met, n, limit, alpha), -math.log(alpha), delta=1e-5,
                                           msg=(met, n, alpha))

    def test_ranks_are_the_counts_that_the_mixture_keeps(self):
        asked = [(n, p, alpha) for n, p in ((1, 0.5), (40, 0.1), (900, 0.5), (4608, 0.05), (4608, 0.99),
                                            (20000, 0.3), (20000, 0.001)) for alpha in ALPHAS]
        told = ask(f"ranks {n} {p!r} {a!r}" for n, p, a in asked)
        for (n, p, alpha), (low, high) in zip(asked, told):
            kept = [s for s in range(n + 1) if log_mixture(s, n, p, alpha) <= -math.log(alpha)]
            self.assertEqual((kept[0], kept[-1] + 1), (low, high), (n, p, alpha))

    def test_mean_is_the_gaussian_mixture(self):
        asked = [(2.5, 0.7, n, alpha) for n in (1000, 4608, 32768, 10 ** 6, 10 ** 9) for alpha in ALPHAS]
        told = ask(f"mean {m!r} {s!r} {n} {a!r}" for m, s, n, a in asked)
        for (mean, sd, n, alpha), (low, high) in zip(asked, told):
            rho2 = tuned(alpha) / BEST
            half = sd * math.sqrt(2 * (n * rho2 + 1) / (n ** 2 * rho2) * math.log(math.sqrt(n * rho2 + 1) / alpha))
            self.assertAlmostEqual(mean - half, low, delta=1e-12)
            self.assertAlmostEqual(mean + half, high, delta=1e-12)
        self.assertEqual([[-math.inf, math.inf]], ask(["mean 1 1 999 0.05"]))

    def test_looks_grow_by_an_eighth_and_stand_on_stripes(self):
        looks, blocks = [], 0
        while blocks < 10 ** 7:
            ((blocks, before),) = ask([f"look {blocks}"])
            self.assertEqual(len(looks), before)
            looks.append(blocks)
        self.assertEqual(24, looks[0])
        for look, later in zip(looks, looks[1:]):
            self.assertEqual(0, later % 4)
            self.assertTrue(look + 4 <= later <= look + look / 8 + 4)
            self.assertEqual([[later, looks.index(later)]], ask([f"look {later - 1}"]))


class Coverage(unittest.TestCase):
    """Fixed seeds; thousands of repetitions are in make soak."""

    def test_no_look_and_no_stop_misses_more_often_than_promised(self):
        counts = coverage_until.tool(300, 20, 7)
        self.assertEqual([], coverage_until.too_many(counts, 300), counts)
        self.assertEqual(300, counts["skewed mean"][1])

    def test_intervals_for_one_look_are_noticed(self):
        counts = coverage_until.tool(100, 20, 7, "fixed")
        caught = coverage_until.too_many(counts, 100)
        self.assertGreaterEqual(len(caught), 7, counts)
        self.assertGreater(counts["normal mean, truth 0"][2], 15)

    def test_counts_are_the_same_on_every_instruction_set(self):
        kept = os.environ.get("FULCRUM_ISA")
        try:
            told = []
            for isa in ("generic", "v3", "v4"):
                os.environ["FULCRUM_ISA"] = isa
                told.append(coverage_until.tool(10, 15, 3))
        finally:
            os.environ.pop("FULCRUM_ISA")
            if kept:
                os.environ["FULCRUM_ISA"] = kept
        self.assertEqual(told[0], told[1])
        self.assertEqual(told[0], told[2])


if __name__ == "__main__":
    unittest.main()
