"""The numpy peer, in both ways in which it is written, against the engine on the baseline study: programs
and draws of their own, one model.

Every output of both is compared: the share of samples in which it is defined and finite, mean and
standard deviation, and how much of the peer's sample lies below the engine's quantiles, which also
serves outputs with atoms and long tails. Errors are those of Monte Carlo, in standard errors (z). Thousands
of outputs lean on a few common shocks, so that one unlucky quantity shifts a whole family of them:
the share beyond 3 may be ten times the 0.0027 of independent normals, and none may be beyond 6.
"""
import copy
import os
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(HERE, "peers"))

import numpy_summary  # noqa: E402
import portfolio_numpy as peer  # noqa: E402
from numpy_study import Refused, read_study  # noqa: E402

PROGRAM = os.path.join(os.environ.get("BUILD", os.path.join(ROOT, "build", "current")), "fulcrum")
STUDY = os.path.join(ROOT, "inputs", "baseline.yaml")
SAMPLES, CHUNK, SEED = 4000, 1000, 20251122
FEW = 250  # samples that the tuned one does at once, so that both ways draw in one order
LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
BEYOND, MOST_BEYOND, LARGEST = 3.0, 0.027, 6.0
SAME = 1e-9  # relative difference that rounding may make
FACTS = ("defined", "infinite", "mean", "sd", "quantile", "quantile_bound")


def engine_outputs(path):
    """{name: facts of the output} of a result, and the place of each of LEVELS among its quantiles."""
    found = {}
    with h5py.File(path) as file:
        programs, sources, outcomes = (
            [key.decode() for key in file[name]] for name in ("program", "source", "outcome"))
        years = [str(year) for year in file["fiscal_year"]]
        for dataset in file:
            metric = dataset[:-len("_mean")]
            if not dataset.endswith("_mean"):
                continue
            facts = [file[f"{metric}_{fact}"][...] if f"{metric}_{fact}" in file else 0
                     for fact in FACTS]
            members = sources if metric == "match_by_source" else outcomes
            for place in np.ndindex(facts[2].shape):
                keys = [programs[place[0]], metric]
                keys += [members[place[1]]] if len(place) == 3 else []
                keys += [years[place[-1]]] if len(place) > 1 else []
                found["/".join(keys)] = [fact[place] if np.ndim(fact) else fact for fact in facts]
        levels = list(np.round(file["quantile"][...], 6))
    return found, [levels.index(level) for level in LEVELS]


def share_z(a, n, b, m):
    """z of the difference of two shares, a of n and b of m."""
    pooled = (a + b) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return 0.0 if a * m == b * n else (a / n - b / m) / error


def mean_z(mine, mean, sd, count):
    """z of the difference of two means; constants must be equal."""
    scale = max(abs(mean), sd, 1e-12)
    error = np.sqrt(mine["sd"] ** 2 / mine["finite"] + sd ** 2 / count)
    if error <= SAME * scale:
        return 0.0 if abs(mine["mean"] - mean) <= SAME * scale else np.inf
    return (mine["mean"] - mean) / error


def sd_z(mine, sd, count):
    """z of the ratio of two standard deviations, whose error grows with the kurtosis."""
    if not (sd > SAME * abs(mine["mean"]) and mine["sd"] > SAME * abs(mine["mean"])) \
            or mine["kurtosis"] > 30:
        return 0.0
    error = np.sqrt((mine["kurtosis"] - 1) / 4 * (1 / mine["finite"] + 1 / count))
    return np.log(mine["sd"] / sd) / max(error, 1e-3)


def quantile_z(x, quantiles, bounds, count):
    """z of the peer's shares of samples below the engine's quantiles, each of which the engine knows
    within a bound of its own; within an atom they are 0."""
    slack = np.where(np.isfinite(quantiles), SAME * np.abs(quantiles) + bounds, 0.0)
    with np.errstate(invalid="ignore"):
        low, high = (quantiles - slack)[:, None], (quantiles + slack)[:, None]
    least, most = (np.count_nonzero(flags, axis=1) / x.size for flags in (x < low, x <= high))
    off = np.maximum(np.maximum(least - LEVELS, LEVELS - most), 0.0)
    return off / np.sqrt(LEVELS * (1 - LEVELS) * (1 / x.size + 1 / count))


def scores(names, out, theirs, places):
    """{(output, what is compared): z} of outputs that the peer has simulated."""
    table, found = numpy_summary.summarize(out, numpy_summary.describe_tuned), {}
    for name, row, x in zip(names, table, np.moveaxis(out, 1, 0)):
        mine = dict(zip(numpy_summary.COLUMNS, row))
        mine["finite"] = mine["defined"] - mine["infinite"]
        defined, infinite, mean, sd, quantiles, bounds = theirs[name]
        found[name, "defined"] = share_z(mine["defined"], x.size, defined, SAMPLES)
        if mine["defined"] < 100 or defined < 100:
            continue
        found[name, "infinite"] = share_z(mine["infinite"], mine["defined"], infinite, defined)
        if mine["finite"] >= 100 and defined - infinite >= 100:
            found[name, "mean"] = mean_z(mine, mean, sd, defined - infinite)
            found[name, "sd"] = sd_z(mine, sd, defined - infinite)
        known = x[~np.isnan(x)] if mine["defined"] < x.size else x.ravel()
        z = quantile_z(known, quantiles[places], bounds[places], defined)
        found.update(((name, level), value) for level, value in zip(LEVELS, z))
    return found


def alone(study, program):
    """A copy of the study with one of its programs."""
    study = copy.deepcopy(study)
    study["programs"] = {program: study["programs"][program]}
    study["dependence"] = [pair for pair in study["dependence"]
                           if all(path.split("/")[1] == program for path in pair["pair"])]
    return study


class Peer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.study = read_study(STUDY)
        with tempfile.TemporaryDirectory() as folder:
            result = os.path.join(folder, "baseline.h5")
            subprocess.run([PROGRAM, "run", STUDY, "-q", "-n", str(SAMPLES), "-o", result], check=True)
            cls.theirs, cls.places = engine_outputs(result)

    def compare(self, way, study, program=""):
        """(names of outputs, z of all comparisons) of a study simulated by the peer."""
        portfolio = peer.Portfolio(study)
        out, _ = peer.simulate(portfolio, peer.WAYS[way], SAMPLES, CHUNK, SEED, True)
        rows = [i for i, name in enumerate(portfolio.names) if name.startswith(program)]
        rows = slice(rows[0], rows[-1] + 1)
        names = portfolio.names[rows]
        return names, scores(names, out[:, rows], self.theirs, self.places)

    def differs(self, z):
        """Whether the peer is not the engine's model."""
        sizes = np.abs(list(z.values()))
        return np.mean(sizes > BEYOND) > MOST_BEYOND or sizes.max() > LARGEST

    def check_all_outputs(self, way):
        names, z = self.compare(way, self.study)
        modelled = {name for name, facts in self.theirs.items()
                    if facts[0] > 0 and facts[2] == facts[2]}
        self.assertEqual(modelled - set(names), set())
        self.assertGreater(len(names), 7000)
        sizes = np.abs(list(z.values()))
        worst = sorted(z, key=lambda key: -abs(z[key]))[:8]
        told = ", ".join(f"{name} {what}: {z[name, what]:.1f}" for name, what in worst)
        self.assertLess(np.mean(sizes > BEYOND), MOST_BEYOND, told)
        self.assertLess(sizes.max(), LARGEST, told)

    def test_all_outputs_of_the_tuned_one_agree_within_monte_carlo_error(self):
        self.check_all_outputs("tuned")

    def test_all_outputs_of_the_plain_one_agree_within_monte_carlo_error(self):
        self.check_all_outputs("plain")

    def test_planted_faults_are_noticed(self):
        for path, value in (
                ("B2S/taper/start", 4), ("CHIPS/units/size_dispersion", 0.6), ("EPIC/prize/advance", 0.5),
                ("RIE/match/sources/state/lagging_multiplier", 1)):
            keys = path.split("/")
            sound = alone(self.study, keys[0])
            faulty = copy.deepcopy(sound)
            node = faulty["programs"]
            for key in keys[:-1]:
                node = node[key]
            self.assertIn(keys[-1], node)
            node[keys[-1]] = value
            for way in peer.WAYS:
                with self.subTest(path, way=way):
                    self.assertFalse(self.differs(self.compare(way, sound, keys[0] + "/")[1]))
                    self.assertTrue(self.differs(self.compare(way, faulty, keys[0] + "/")[1]))

    def test_both_ways_give_the_same_from_the_same_draws(self):
        study = copy.deepcopy(self.study)
        del study["programs"]["RCEI"]  # whose units never start: the tuned one draws for them nevertheless
        portfolio, plain = peer.Portfolio(study), peer.WAYS["plain"]
        tuned = peer.WAYS["tuned"]._replace(bits=plain.bits, normals=plain.normals)
        mine, other = (peer.simulate(portfolio, way, FEW, FEW, SEED, True)[0][0] for way in (plain, tuned))
        np.testing.assert_array_equal(np.isfinite(mine), np.isfinite(other))
        largest = np.max(np.abs(other), axis=1, keepdims=True, where=np.isfinite(other), initial=0.0)
        with np.errstate(invalid="ignore"):
            off = np.abs(mine - other) > SAME * largest
        self.assertEqual([portfolio.names[i] for i in np.flatnonzero(off.any(axis=1))], [])

    def test_both_ways_of_statistics_agree(self):
        x = np.random.default_rng(SEED).standard_normal((3, 7, 400))
        x[:, 1] = np.exp(x[:, 1])
        x[1:, 2, ::7] = np.nan
        x[0, 3] = x[2, 4, :9] = x[:, 5] = np.inf
        x[:, 6] = 2.5
        tables = [numpy_summary.summarize(x, way.describe) for way in peer.WAYS.values()]
        self.assertEqual(tables[0][:, :2].tolist(), [[1200, 0], [1200, 0], [1084, 0], [1200, 400], [1200, 9],
                                                     [1200, 1200], [1200, 0]])
        np.testing.assert_allclose(*tables, rtol=1e-12)

    def test_what_it_does_not_do_is_refused(self):
        for program, key, value in (("MEP", "instrument", "fund"), ("MEP", "recipe", 1),
                                    ("MEP", "taper", {"shape": "geometric"})):
            study = copy.deepcopy(self.study)
            study["programs"][program][key] = value
            with self.subTest(key), self.assertRaises(Refused):
                peer.Portfolio(study)


if __name__ == "__main__":
    unittest.main()
