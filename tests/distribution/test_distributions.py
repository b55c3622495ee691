"""Families of distributions against scipy: quantiles, CDFs, moments, and goodness of fit of real draws."""

import hashlib
import os
import subprocess
import unittest

import numpy as np
from numpy.random import PCG64
from scipy import stats

BUILD = os.environ.get("BUILD", "build/current")
DUMP = os.path.join(BUILD, "tests/tools/distribution_dump")
MASK = (1 << 128) - 1
MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
DRAWS = 40_000
FAR = 1e-6  # p-value below which a fit is bad


def uniforms(seed, name, count=DRAWS):
    """Draws 0, 1, ... of a parameter's stream, as DESIGN section 3 defines them."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    initial, sequence = int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:], "big")
    increment = (sequence << 1 | 1) & MASK
    generator = PCG64()
    state = ((increment + initial) * MULTIPLIER + increment) & MASK
    generator.state = {"bit_generator": "PCG64", "state": {"state": state, "inc": increment},
                       "has_uint32": 0, "uinteger": 0}
    output = generator.random_raw(64 * count)[::64]
    return ((output >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52


def dump(family, parameters, u, isa=None):
    """(low, high, mean, sd), x, cdf(x)"""
    texts = [",".join(map(repr, p)) if isinstance(p, (list, tuple)) else "-" if p is None else repr(p)
             for p in parameters]
    environment = dict(os.environ, **({"FULCRUM_ISA": isa} if isa else {}))
    run = subprocess.run([DUMP, family, *texts], input="\n".join(float(v).hex() for v in u), text=True,
                         stdout=subprocess.PIPE, check=True, env=environment)
    head, *lines = run.stdout.splitlines()
    rows = np.array([[float.fromhex(t) for t in line.split()] for line in lines])
    return [float.fromhex(t) for t in head.split()], rows[:, 1], rows[:, 2]


class Student:
    """Through scipy's beta, whose quantile is better than that of its t (1e-9)."""

    def __init__(self, df, location=0.0, scale=1.0):
        self.df, self.location, self.scale = df, location, scale
        self.t = stats.t(df, location, scale)
        self.cdf, self.mean, self.std, self.support = self.t.cdf, self.t.mean, self.t.std, self.t.support

    def upper(self, p):
        """t > 0 with P(T > t) = p < 1/2"""
        far = stats.beta(self.df / 2, 0.5).ppf(2 * p)  # df/(df + t^2)
        near = stats.beta(0.5, self.df / 2).ppf(1 - 2 * p)  # t^2/(df + t^2)
        return np.sqrt(self.df * np.where(p < 0.2, (1 - far) / far, near / (1 - near)))

    def isf(self, p):
        return self.location + self.scale * self.upper(p)

    def ppf(self, u):
        return self.location + self.scale * np.sign(u - 0.5) * self.upper(np.minimum(u, 1 - u))


class Metalog:
    """Three terms from 10 %, 50 % and 90 % quantiles, by the linear equations of Keelin (2016)."""

    def __init__(self, p10, p50, p90, lower=None, upper=None):
        self.there = lambda x: x
        self.back = lambda m: m
        if lower is not None and upper is not None:
            self.there = lambda x: np.log((x - lower) / (upper - x))
            self.back = lambda m: lower + (upper - lower) / (1 + np.exp(-m))
        elif lower is not None:
            self.there, self.back = (lambda x: np.log(x - lower)), (lambda m: lower + np.exp(m))
        elif upper is not None:
            self.there, self.back = (lambda x: -np.log(upper - x)), (lambda m: upper - np.exp(-m))
        points = np.array([0.1, 0.5, 0.9])
        self.a = np.linalg.solve(self.terms(points).T, self.there(np.array([p10, p50, p90])))

    @staticmethod
    def terms(u):
        logit = np.log(u / (1 - u))
        return np.array([np.ones_like(u), logit, (u - 0.5) * logit])

    def ppf(self, u):
        return self.back(self.a @ self.terms(np.asarray(u, float)))

    def cdf(self, x):
        low, high = np.full(np.shape(x), 1e-17), np.full(np.shape(x), 1 - 1e-16)
        for _ in range(80):
            middle = (low + high) / 2
            below = self.ppf(middle) < x
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return (low + high) / 2


def pert(low, mode, high, shape=4.0):
    a, b = 1 + shape * (mode - low) / (high - low), 1 + shape * (high - mode) / (high - low)
    return stats.beta(a, b, low, high - low)


def lognormal_p95(median, p95):
    return stats.lognorm(np.log(p95 / median) / stats.norm.ppf(0.95), scale=median)


def lognormal_moments(mean, sd):
    sigma = np.sqrt(np.log1p((sd / mean) ** 2))
    return stats.lognorm(sigma, scale=mean * np.exp(-sigma**2 / 2))


def truncated(mean, sd, low=-np.inf, high=np.inf):
    return stats.truncnorm((low - mean) / sd, (high - mean) / sd, mean, sd)


# family, parameters in its order, scipy's distribution
CONTINUOUS = [
    ("uniform", (-1.5, 4.0), stats.uniform(-1.5, 5.5)),
    ("loguniform", (0.25, 1000.0), stats.loguniform(0.25, 1000.0)),
    ("normal", (0.5, 2.0), stats.norm(0.5, 2.0)),
    ("truncated_normal", (0.5, 2.0, 0.0, 3.0), truncated(0.5, 2.0, 0.0, 3.0)),
    ("truncated_normal", (0.0, 1.0, 3.0), truncated(0.0, 1.0, 3.0)),
    ("truncated_normal", (0.0, 1.0, None, -5.0), truncated(0.0, 1.0, high=-5.0)),
    ("lognormal", (25.0, 36.0), lognormal_p95(25.0, 36.0)),
    ("lognormal", (None, None, 3.0, 4.0), lognormal_moments(3.0, 4.0)),
    ("lognormal", (None, None, None, None, -1.0, 0.75), stats.lognorm(0.75, scale=np.exp(-1.0))),
    ("triangular", (-1.0, 0.5, 4.0), stats.triang(0.3, -1.0, 5.0)),
    ("triangular", (0.0, 0.0, 2.0), stats.triang(0.0, 0.0, 2.0)),
    ("pert", (0.5, 0.8, 1.0), pert(0.5, 0.8, 1.0)),
    ("pert", (0.0, 0.0, 10.0, 7.5), pert(0.0, 0.0, 10.0, 7.5)),
    ("pert", (0.0, 99.0, 100.0, 2.0), pert(0.0, 99.0, 100.0, 2.0)),
    ("beta", (2.0, 5.0), stats.beta(2.0, 5.0)),
    ("beta", (0.4, 0.3), stats.beta(0.4, 0.3)),
    ("beta", (0.1, 0.1), stats.beta(0.1, 0.1)),
    ("beta", (0.2, 40.0), stats.beta(0.2, 40.0)),
    ("beta", (300.0, 7.0, -2.0, 3.0), stats.beta(300.0, 7.0, -2.0, 5.0)),
    ("gamma", (2.5, 4.0), stats.gamma(2.5, scale=4.0)),
    ("gamma", (0.1, 1.0), stats.gamma(0.1)),
    ("gamma", (1.0, 3.0), stats.gamma(1.0, scale=3.0)),
    ("gamma", (5000.0, 0.01), stats.gamma(5000.0, scale=0.01)),
    ("weibull", (1.5, 2.0), stats.weibull_min(1.5, scale=2.0)),
    ("weibull", (0.5, 1.0), stats.weibull_min(0.5)),
    ("student_t", (4.0,), Student(4.0)),
    ("student_t", (2.5, 1.0, 0.5), Student(2.5, 1.0, 0.5)),
    ("student_t", (60.0, -3.0, 2.0), Student(60.0, -3.0, 2.0)),
    ("metalog", (1.0, 2.0, 4.0), Metalog(1.0, 2.0, 4.0)),
    ("metalog", (1.0, 2.0, 4.0, 0.0), Metalog(1.0, 2.0, 4.0, 0.0)),
    ("metalog", (1.0, 3.0, 4.0, None, 5.0), Metalog(1.0, 3.0, 4.0, None, 5.0)),
    ("metalog", (1.0, 2.0, 4.0, 0.5, 8.0), Metalog(1.0, 2.0, 4.0, 0.5, 8.0)),
]
DISCRETE = [
    ("discrete", ((0.0, 1.0, 2.5), (1.0, 2.0, 1.0)), (0.0, 1.0, 2.5), (0.25, 0.5, 0.25)),
    ("discrete", (tuple(range(1, 21)), tuple(range(20, 0, -1))), range(1, 21), np.arange(20, 0, -1) / 210),
    ("empirical", ((5.0, 1.0, 2.0, 2.0, 9.0),), (1.0, 2.0, 5.0, 9.0), (0.2, 0.4, 0.2, 0.2)),
]
POINTS = np.unique(np.concatenate([np.linspace(0.001, 0.999, 999), 10.0 ** np.arange(-15, -3, 0.5)]))



def chi_square(probability):
    return stats.chisquare(np.bincount((probability * 64).astype(int).clip(0, 63), minlength=64)).pvalue


class Distributions(unittest.TestCase):
    def test_quantiles_are_those_of_scipy(self):
        """scipy's own are good to 1e-10 or so; the 40-digit values of known_quantiles.h are stricter."""
        for family, parameters, other in CONTINUOUS:
            with self.subTest(family=family, parameters=parameters):
                (_, _, _, sd), x, _ = dump(family, parameters, POINTS)
                expected = other.ppf(POINTS)
                error = np.abs(x - expected) / (np.abs(expected) + 1e-5 * sd)
                self.assertLess(error.max(), 1e-9)

    def test_upper_tails_are_those_of_scipy(self):
        tails = 2.0 ** -np.arange(10.0, 54.0)
        for family, parameters, other in CONTINUOUS:
            if family in ("metalog", "truncated_normal"):  # no isf; one that cancels
                continue
            with self.subTest(family=family, parameters=parameters):
                _, x, _ = dump(family, parameters, 1 - tails)
                expected = other.isf(tails)
                self.assertLess((np.abs(x - expected) / np.abs(expected)).max(), 1e-9)

    def test_cdfs_are_those_of_scipy(self):
        for family, parameters, other in CONTINUOUS:
            with self.subTest(family=family, parameters=parameters):
                _, x, cdf = dump(family, parameters, POINTS[POINTS > 1e-9])
                expected = other.cdf(x)
                if family == "truncated_normal":
                    expected = np.where(np.isnan(expected), cdf, expected)  # scipy gives up far out
                allowed = 2e-15 + 1e-8 * np.minimum(1e-3, expected)
                self.assertLess((np.abs(cdf - expected) / allowed).max(), 1.0)

    def test_moments_and_supports_are_those_of_scipy(self):
        for family, parameters, other in CONTINUOUS:
            if isinstance(other, Metalog):
                continue
            with self.subTest(family=family, parameters=parameters):
                (low, high, mean, sd), _, _ = dump(family, parameters, [0.5])
                self.assertEqual((low, high), tuple(map(float, other.support())))
                self.assertLess(abs(mean - other.mean()), 1e-9 * other.std())
                self.assertLess(abs(sd / other.std() - 1), 1e-8)
        for family, parameters, values, weights in DISCRETE:
            (low, high, mean, sd), _, _ = dump(family, parameters, [0.5])
            expected = np.dot(values, weights)
            self.assertEqual((low, high), (min(values), max(values)))
            self.assertAlmostEqual(mean, expected, 13)
            self.assertAlmostEqual(sd, np.sqrt(np.dot((np.array(values) - expected) ** 2, weights)), 13)

    def test_draws_fit_their_distribution(self):
        for number, (family, parameters, other) in enumerate(CONTINUOUS):
            if parameters == (0.1, 0.1):  # 1 % of its values are nearer to 1 than a double can be
                continue
            with self.subTest(family=family, parameters=parameters):
                _, x, _ = dump(family, parameters, uniforms(2025, f"fit/{family}/{number}"))
                probability = other.cdf(x)
                self.assertGreater(stats.kstest(probability, "uniform").pvalue, FAR)
                self.assertGreater(chi_square(probability), FAR)

    def test_draws_of_atoms_fit_their_weights(self):
        for number, (family, parameters, values, weights) in enumerate(DISCRETE):
            with self.subTest(family=family, parameters=parameters):
                _, x, _ = dump(family, parameters, uniforms(2025, f"fit/{family}/{number}"))
                counts = [np.count_nonzero(x == value) for value in values]
                self.assertEqual(sum(counts), DRAWS)
                self.assertGreater(stats.chisquare(counts, DRAWS * np.array(weights)).pvalue, FAR)

    def test_fits_see_a_planted_fault(self):
        _, x, _ = dump("gamma", (2.5, 4.0), uniforms(2025, "fit/fault"))
        self.assertLess(stats.kstest(stats.gamma(2.5, scale=4.2).cdf(x), "uniform").pvalue, FAR)
        self.assertLess(chi_square(stats.gamma(2.4, scale=4.0).cdf(x)), FAR)

    def test_instruction_sets_agree_to_the_bit(self):
        u = uniforms(1, "isa", 1000)
        for family, parameters in [c[:2] for c in CONTINUOUS + DISCRETE]:
            with self.subTest(family=family, parameters=parameters):
                expected = dump(family, parameters, u, "generic")
                for isa in ("v3", "v4"):
                    np.testing.assert_array_equal(expected[1], dump(family, parameters, u, isa)[1])


if __name__ == "__main__":
    unittest.main()
