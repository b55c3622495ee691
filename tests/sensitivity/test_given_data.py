"""Sensitivity from given data against numpy and scipy on the very same samples, and against closed forms."""
import unittest

import numpy as np
from scipy import integrate, stats

import given


def normals(u):
    return stats.norm.ppf(u)


def samples(d, total, seed=1):
    return np.random.default_rng(seed).random((d, total))


def awkward(u):
    """Outputs of all kinds: smooth, an atom, few values, undefined ones (many, few), infinite, far tails, a constant."""
    z = normals(u)
    smooth = z[0] + 0.5 * z[1] ** 2 + u[2]
    ratio = np.where(u[1] > 0.7, np.nan, z[0] + 2 * z[1])
    infinite = np.where(u[0] > 0.9, np.inf, np.where(u[2] < 0.05, -np.inf, z[1] + z[2]))
    return np.array([smooth, np.maximum(smooth, 0.4), np.floor(3 * u[0] + 2 * u[1]), ratio, infinite,
                     np.exp(2 * z[0] + z[1]), np.where(u[1] < 0.004, np.nan, 1e9 + smooth), np.full(u.shape[1], 3.25)])


class SameSamples(unittest.TestCase):
    """All inputs but the last are continuous; the last takes three values."""

    @classmethod
    def setUpClass(cls):
        cls.n = 20011  # not whole blocks
        u = samples(5, 20200)
        x = np.array([normals(u[0]), 5 + 3 * u[1], np.exp(normals(u[2])), 1e6 * u[3], np.floor(3 * u[4])])
        y = awkward(u)
        y[0] += 0.3 * x[4]
        cls.u, cls.x, cls.y, cls.pilot = u[:, :cls.n], x[:, :cls.n], y[:, :cls.n], y[:, :given.PILOT]
        cls.result, = given.estimates([(cls.n, u, x, y)], resamples=400)

    def pairs(self):
        for (o, q), row in self.result["pair"].items():
            yield o, q, row, given.table(self.u[q], self.y[o], given.edges(self.pilot[o]))

    def test_counts(self):
        for y, row in zip(self.y, self.result["output"], strict=True):
            self.assertEqual(row["samples"], self.n)
            self.assertEqual(row["undefined"], np.isnan(y).sum())
            self.assertEqual(row["minus"], np.isneginf(y).sum())
            self.assertEqual(row["plus"], np.isposinf(y).sum())
            self.assertEqual(row["outside"], 0)

    def test_first_order(self):
        for o, q, row, _ in self.pairs():
            if o == 7:
                self.assertTrue(np.isnan(row["first"][0]))
                continue
            value, plain = given.first_order(self.u[q], self.y[o])
            self.assertAlmostEqual(row["first"][0], value, delta=1e-6, msg=(o, q))
            self.assertAlmostEqual(row["plain"][0], plain, delta=1e-6, msg=(o, q))

    def test_distances_of_the_partition(self):
        for o, q, row, table in self.pairs():
            np.testing.assert_allclose(row["plain"][1:], given.distances(table), atol=1e-12, err_msg=f"{o} {q}")

    def test_smirnovs_distance_is_scipys(self):
        for o, q, row, _ in self.pairs():
            if q not in (0, 3):
                continue
            keep = ~np.isnan(self.y[o])
            u, cell = self.u[q][keep], np.searchsorted(given.edges(self.pilot[o]), self.y[o][keep], side="right")
            cell = np.where(np.isneginf(self.y[o][keep]), -1, np.where(np.isposinf(self.y[o][keep]), 99, cell))
            apart = [stats.ks_2samp(cell[np.floor(u * 16) == m], cell, mode="asymp").statistic for m in range(16)
                     if (np.floor(u * 16) == m).any()]
            np.testing.assert_allclose(row["plain"][2:], [np.median(apart), max(apart)], atol=1e-12)

    def test_bootstrap(self):
        """Bias and error to the precision of 400 and 400 resamples."""
        rng = np.random.default_rng(5)
        for o, q, row, table in self.pairs():
            if o not in (0, 2, 4) or q not in (0, 3):
                continue
            bias, error = given.bootstrap(table, 400, rng)
            for k, name in enumerate(("delta", "median", "maximum")):
                value = min(max(row["plain"][k + 1] - bias[k], 0), 1)
                self.assertAlmostEqual(row[name][0], value, delta=6 * error[k] / 20, msg=(o, q, name))
                self.assertAlmostEqual(row[name][1] / error[k], 1, delta=0.25, msg=(o, q, name))

    def test_regression_of_values(self):
        for o, y in enumerate(self.y[:7]):
            value, error, share, share_error = given.regression(self.x, y)
            n, p = np.isfinite(y).sum(), len(self.x)
            adjusted = 1 - (1 - share) * (n - 1) / (n - p - 1)
            linear = self.result["output"][o]["linear"]
            close = 0.3 if o == 5 else 0.1  # far tails: leaving out and linearising differ more
            self.assertAlmostEqual(linear[0], adjusted, delta=1e-5, msg=o)
            self.assertAlmostEqual(linear[1] / share_error, 1, delta=close, msg=o)
            for q in range(p):
                row = self.result["pair"][o, q]
                self.assertEqual(row["redundant"], 0)
                self.assertAlmostEqual(row["src"][0], value[q], delta=1e-5, msg=(o, q))
                self.assertAlmostEqual(row["src"][1] / error[q], 1, delta=close, msg=(o, q))

    def test_regression_of_ranks(self):
        """The pilot's distribution function is not that of all samples: within its own error."""
        for o, y in enumerate(self.y[:7]):
            keep = ~np.isnan(y)
            value, _ = given.standardized(self.u[:, keep], given.ranks(y[keep]))
            for q in range(len(self.x)):
                self.assertAlmostEqual(self.result["pair"][o, q]["srrc"][0], value[q], delta=0.006, msg=(o, q))

    def test_a_constant_output_has_no_indices(self):
        for q in range(5):
            row = self.result["pair"][7, q]
            self.assertEqual(row["delta"], (0, 0, 0, 0))
            self.assertTrue(np.isnan([row["src"], row["srrc"], row["first"]]).all())
        self.assertTrue(np.isnan(self.result["output"][7]["linear"]).all())


class Errors(unittest.TestCase):
    def test_error_of_first_order_is_that_of_resampling(self):
        """Noise that is skewed and grows with x: all terms of the influence function matter. The tails of the table's
        cells are lost to it, which makes the second error 7 % too small (against 150 fresh sets of samples)."""
        n, rng = 6000, np.random.default_rng(9)
        u = samples(2, n, 10)
        noise = -np.log(u[1])
        y = np.array([3 * u[0] + noise, 3 * u[0] - noise * (0.2 + u[0]), np.sqrt(u[0]) * noise**2])
        result, = given.estimates([(n, u, u, y)])
        for o in range(3):
            again = []
            for _ in range(400):
                i = rng.integers(n, size=n)
                again.append(given.first_order(u[0, i], y[o, i])[0])
            self.assertAlmostEqual(result["pair"][o, 0]["first"][1] / np.std(again), 1, delta=0.17, msg=o)


class Redundance(unittest.TestCase):
    def test_constant_and_collinear_inputs_are_left_out(self):
        u = samples(5, 6000, 3)
        x = np.array([u[0], np.full(6000, 2.5), u[2], 3 * u[0] - 2 * u[2] + 1, u[4]])
        y = np.array([u[0] + 2 * u[2] + u[4] ** 2])
        result, = given.estimates([(6000, u, x, y)])
        self.assertEqual([result["pair"][0, q]["redundant"] for q in range(5)], [0, 1, 0, 1, 0])
        value, _ = given.standardized(x[[0, 2, 4]], y[0])
        for q, expected in zip((0, 2, 4), value):
            self.assertAlmostEqual(result["pair"][0, q]["src"][0], expected, delta=1e-6)
        self.assertTrue(np.isnan(result["pair"][0, 1]["src"]).all())
        self.assertFalse(np.isnan(result["pair"][0, 1]["srrc"][0]))  # the ranks are no constant

    def test_only_quantities_that_reach_an_output_are_in_its_regression(self):
        u = samples(3, 6000, 4)
        y = np.array([u[0] + u[1], u[1] * u[2]])
        reach = np.array([[1, 0], [1, 1], [0, 1]])
        result, = given.estimates([(6000, u, u, y, reach)])
        self.assertEqual(sorted(result["pair"]), [(0, 0), (0, 1), (1, 1), (1, 2)])
        for o, of in ((0, [0, 1]), (1, [1, 2])):
            value, _ = given.standardized(u[of], y[o])
            for q, expected in zip(of, value):
                self.assertAlmostEqual(result["pair"][o, q]["src"][0], expected, delta=1e-6)


def gaussian_delta(weight):
    """Borgonovo's delta of x in y = x + e, weight = Var(x)/Var(y), by quadrature: half the L1 distance of N(z sqrt w,
    1 - w) to N(0, 1), over z."""
    z, y = np.linspace(-7, 7, 701)[:, None], np.linspace(-9, 9, 3601)
    apart = np.abs(stats.norm.pdf(y, z * weight**.5, (1 - weight) ** .5) - stats.norm.pdf(y))
    return (integrate.simpson(apart, x=y, axis=1) * stats.norm.pdf(z[:, 0])).sum() * (z[1, 0] - z[0, 0]) / 2


class KnownModels(unittest.TestCase):
    def test_linear_gaussian(self):
        n, w = 200000, np.array([0.5, 0.3, 0.2, 0.0])
        u = samples(4, n, 6)
        z = normals(u)
        result, = given.estimates([(n, u, z, (w**.5 @ z)[None, :])])
        for q in range(4):
            row = result["pair"][0, q]
            self.assertAlmostEqual(row["first"][0], w[q], delta=4 * row["first"][1] + 0.012 * w[q])
            self.assertAlmostEqual(row["src"][0], w[q] ** .5, delta=4 * row["src"][1] + 1e-6)
            delta = gaussian_delta(w[q])
            self.assertLess(row["delta"][0], delta + 4 * row["delta"][1] + 1e-9)
            self.assertGreater(row["delta"][0], 0.95 * delta - 4 * row["delta"][1])
        row = result["pair"][0, 3]
        self.assertLess(row["plain"][2], row["critical"][0])
        self.assertLess(row["plain"][3], row["critical"][1])
        self.assertEqual((row["delta"][2], row["median"][2]), (0, 0))

    def test_ishigami(self):
        n = 200000
        u = samples(3, n, 7)
        x = np.pi * (2 * u - 1)
        y = np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
        result, = given.estimates([(n, u, x, y[None, :])])
        variance = 49 / 8 + 0.1 * np.pi**4 / 5 + 0.01 * np.pi**8 / 18 + 0.5
        for q, exact in enumerate(((0.5 + 0.1 * np.pi**4 / 5 + 0.01 * np.pi**8 / 50) / variance, 49 / 8 / variance, 0)):
            row = result["pair"][0, q]
            self.assertAlmostEqual(row["first"][0], exact, delta=4 * row["first"][1] + 0.005 * exact)
        self.assertGreater(result["pair"][0, 2]["delta"][2], 0.1)  # no first order, but it matters

    def test_finer_tables_come_closer_to_delta(self):
        n, exact = 400000, gaussian_delta(0.5)
        u = samples(2, n, 8)
        y = normals(u).sum(axis=0)[None, :]
        values = [given.estimates([(n, u, u, y)], classes=m, cells=k)[0]["pair"][0, 0]["delta"][0]
                  for m, k in ((4, 8), (8, 16), (16, 32), (32, 64))]
        self.assertTrue(np.all(np.diff(values) > 0), values)
        self.assertTrue(0.97 * exact < values[2] < values[3] < exact, (values, exact))


if __name__ == "__main__":
    unittest.main()
