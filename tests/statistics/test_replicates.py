"""Errors of Latin hypercube and Sobol' runs against numpy, from the kept samples, replicate by replicate."""
import os
import subprocess
import tempfile
import unittest

import h5py
import numpy as np
from scipy import stats

BUILD = os.environ.get("BUILD", "build/current")
STUDY = "inputs/first_study.yaml"
REPLICATES, SAMPLES = 16, 8192
T = stats.t.ppf(0.975, REPLICATES - 1)


def sets_of(values):
    """[replicate][point]: sample i is of replicate i mod 16."""
    return values.reshape(-1, REPLICATES).T


def ratio_error(values, kept):
    """Of sum/count over the kept values (Cochran 1977), sets of unequal size included."""
    sums = np.where(sets_of(kept), sets_of(values), 0).sum(axis=1)
    counts = sets_of(kept).sum(axis=1)
    residuals = sums - sums.sum() / counts.sum() * counts
    return np.sqrt(REPLICATES / (REPLICATES - 1) * (residuals**2).sum()) / counts.sum()


def share_error(met, kept):
    return np.hypot(ratio_error(met.astype(float), kept), np.sqrt(2) / kept.sum())


def score_interval(met, kept):
    """Wilson's, of the effective number of samples and Student's t."""
    n, hits = kept.sum(), met.sum()
    near = (hits + 2) / (n + 4)
    trials = near * (1 - near) / share_error(met, kept) ** 2
    share, z2 = hits / n, T**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = T / (1 + z2 / trials) * np.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return max(middle - half, 0), min(middle + half, 1)


def varies(x):
    """More than by rounding."""
    finite = x[np.isfinite(x)]
    return finite.size > 0 and np.ptp(finite) > 1e-9 * np.abs(finite).max()


class Replicates(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_of(self, design):
        """The result, and {output: values of all samples}."""
        path = os.path.join(self.folder.name, f"{design}.h5")
        subprocess.run([f"{BUILD}/fulcrum", "run", STUDY, "--design", design, "-n", str(SAMPLES), "--samples", "-q",
                        "-o", path], check=True, capture_output=True)
        with h5py.File(path.replace(".h5", ".samples.h5")) as kept:
            names = kept["name"].asstr()[:]
            values = dict(zip(names, kept["output"][:SAMPLES].T, strict=True))
        result = h5py.File(path)
        self.addCleanup(result.close)
        return result, values

    def horizon_outputs(self, result, values):
        """(place, statistic of name, values) of outputs over the horizon that vary."""
        programs = list(result["program"].asstr()[:])
        for name, x in values.items():
            program, _, metric = name.partition("/")
            if f"{metric}_mean" in result and result[f"{metric}_mean"].ndim == 1 and varies(x):
                yield lambda s, m=metric, p=programs.index(program): result[f"{m}_{s}"][p], name, x

    def test_errors_of_means_and_deviations(self):
        for design in ("lhs", "sobol"):
            result, values = self.run_of(design)
            self.assertIn("16 replicates", result.attrs["errors"])
            seen = 0
            for statistic, name, x in self.horizon_outputs(result, values):
                kept = np.isfinite(x)
                mean, sd = x[kept].mean(), x[kept].std(ddof=1)
                self.assertAlmostEqual(statistic("standard_error") / ratio_error(x - mean, kept), 1, delta=1e-6, msg=name)
                expected = ratio_error((x - mean) ** 2, kept) / (2 * sd)
                self.assertAlmostEqual(statistic("sd_standard_error") / expected, 1, delta=1e-5, msg=name)
                seen += 1
            self.assertGreater(seen, 5)

    def test_probabilities_of_targets(self):
        for design in ("lhs", "sobol"):
            result, values = self.run_of(design)
            x = values[result["target_output"].asstr()[0]]
            kept, met = ~np.isnan(x), x <= result["target_threshold"][0]
            self.assertAlmostEqual(result["target_standard_error"][0] / share_error(met, kept), 1, delta=1e-9)
            low, high = score_interval(met, kept)
            self.assertAlmostEqual(result["target_low"][0], low, delta=1e-4 * (high - low))
            self.assertAlmostEqual(result["target_high"][0], high, delta=1e-4 * (high - low))

    def test_quantiles_reach_as_far_as_the_distribution_function_varies(self):
        """Roughly: between thresholds the effect is interpolated, and ends are rounded to cells outwards."""
        for design in ("lhs", "sobol"):
            result, values = self.run_of(design)
            ratios = []
            for statistic, _, x in self.horizon_outputs(result, values):
                kept = ~np.isnan(x)
                for k, p in enumerate(result["quantile"][:]):
                    low, high = (statistic(f"quantile_{end}")[k] for end in ("low", "high"))
                    q = np.sort(x[kept])[int(np.ceil(p * kept.sum())) - 1]
                    if len(np.unique(x[kept])) < 0.99 * kept.sum():
                        continue
                    ranks = (x[kept] <= high).sum() - (x[kept] < low).sum()
                    ratios.append(ranks / (2 * T * share_error(x <= q, kept) * kept.sum()))
                    self.assertLessEqual(low, q)
                    self.assertGreaterEqual(high, q)
            self.assertGreater(len(ratios), 30)
            self.assertTrue(1 < np.median(ratios) < 1.35, np.median(ratios))
            self.assertTrue(min(ratios) > 0.5 and max(ratios) < 3.5, (min(ratios), max(ratios)))

    def test_errors_are_less_than_those_of_monte_carlo(self):
        plain, _ = self.run_of("mc")
        self.assertNotIn("errors", plain.attrs)
        for design in ("lhs", "sobol"):
            result, _ = self.run_of(design)
            ratio = plain["leverage_ratio_standard_error"][0] / result["leverage_ratio_standard_error"][0]
            self.assertGreater(ratio, 3)


if __name__ == "__main__":
    unittest.main()
