#!/usr/bin/env python3
"""A result file against traces of all its samples, and as other programs read it.

Every statistic of every output is computed again, by numpy, from the traces of the same samples;
the study has samples that are refused, ratios without denominator and paybacks that never come.
"""

import fractions
import hashlib
import math
import os
import subprocess
import sys
import unittest
import warnings

import h5py
import numpy
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

import fulcrum  # noqa: E402

SAMPLES = 500
STUDY = """\
# A result of everything: 结果
fulcrum: 1
title: A result with some of everything
title_zh: 各种结果
horizon: {base_year: 2025, years: 4}
macro: {inflation: {mean: 0.02, volatility: 0.01}, discount_rate: 0.03}
accounts: {tax_rate: {uniform: {min: 0, max: 0.5}, source: "judgement: wide"}}
portfolio: {coordination: 0.5}
programs:
  WILD:
    name: A program whose growth may leave its domain
    name_zh: 增长率可能越界的计划
    instrument: grant
    overlap: 0.4
    budget:
      mode: share
      plan: {2025: {fixed: 10, unit: USD million, source: "a test"}}
      growth: {normal: {mean: 0.02, sd: 0.329}, note: below -1 once in a thousand}
      termination: {from_year: 2025, hazard: 0.3}
    units: {cohorts: [{start: 2020, count: 3}], size_dispersion: 0.4, lagging_share: 0.3}
    match:
      required: 0.5
      sources:
        state: {name: State governments, name_zh: 州政府, ratio: {normal: {mean: 0.6, sd: 0.194}}, volatility: {normal: {mean: 0.3, sd: 0.097}}}
        industry: {ratio: 0.2, stickiness: 0, conversion: {normal: {mean: 0.5, sd: 0.15}}}
    cost: {ratio: {normal: {mean: 1.5, sd: 0.485}}, credit: {normal: {mean: 0.2, sd: 0.0647}}, minimum_service: 0.8}
    outcomes:
      jobs: {name: Jobs, name_zh: 岗位, unit: jobs, multiplier: {normal: {mean: 9, sd: 2.91}}, driver: federal, value: 0.05}
      investment: {multiplier: 2, driver: spending, additionality: -0.2}
  CALM:
    instrument: fund
    budget: {plan: {2025: 5, 2026: 0}, volatility: 0.2}
    fund: {ratio: 2, hold: 2, multiple: {lognormal: {median: 1, p95: 4}}, return_volatility: 0.5, recycle: 0.5}
    outcomes: {new_sales: {unit: USD million, multiplier: {gamma: {shape: 2, scale: 2}}, driver: appropriation, value: 0.3}}
targets:
  - {output: WILD/leverage_ratio, at_least: 0.8, name: Enough leverage, name_zh: 杠杆足够}
  - {output: portfolio/payback_year, at_most: 2027}
  - {output: WILD/outcome_gross/jobs, fiscal_year: 2026, at_least: 50}
  - {output: CALM/receipts/2027, at_most: 4}
  - {output: WILD/survival_share, at_least: 1}
references: {A1: a reference}
"""
# Quantities whose normal distributions may leave their domains, and how to tell.
DOMAINS = {
    "programs/WILD/budget/growth": lambda x: x > -1,
    "programs/WILD/match/sources/state/ratio": lambda x: x >= 0,
    "programs/WILD/match/sources/state/volatility": lambda x: x >= 0,
    "programs/WILD/match/sources/industry/conversion": lambda x: 0 <= x <= 1,
    "programs/WILD/cost/ratio": lambda x: x >= 0,
    "programs/WILD/cost/credit": lambda x: x >= 0,
    "programs/WILD/outcomes/jobs/multiplier": lambda x: x >= 0,
}
PROGRAMS = ("WILD", "CALM", "portfolio")


def annual(program, metric):
    """An account of a program in a trace, [sample, year]; the leverage of a year from what it is made of."""
    if metric != "annual_leverage":
        return program[metric]
    federal = program["federal"][()]
    with numpy.errstate(divide="ignore", invalid="ignore"):
        return numpy.where(federal > 0, (program["match"][()] + program["own_revenue"][()]) / federal, numpy.nan)


class Made(unittest.TestCase):
    """One study, its result, and the traces of all samples."""

    outputs = []

    @classmethod
    def make(cls):
        """Once, for all tests of this file."""
        cls.folder = fulcrum.folder()
        unittest.addModuleCleanup(cls.folder.cleanup)
        cls.study = os.path.join(cls.folder.name, "study.yaml")
        cls.path = os.path.join(cls.folder.name, "result.h5")
        with open(cls.study, "w", encoding="utf-8") as file:
            file.write(STUDY)
        fulcrum.must("run", cls.study, "-n", SAMPLES, "--seed", 5, "-q", "-o", cls.path)
        trace = fulcrum.trace(cls.study, range(SAMPLES), os.path.join(cls.folder.name, "trace.h5"),
                              "--seed", 5)
        cls.result, cls.trace = h5py.File(cls.path), h5py.File(trace)
        unittest.addModuleCleanup(cls.result.close)
        unittest.addModuleCleanup(cls.trace.close)

    @classmethod
    def metrics(cls):
        """Names of all metrics of the result."""
        return [name[:-5] for name in cls.result if name.endswith("_mean")]

    @classmethod
    def samples(cls):
        """(metric, index into its variables, values over samples) of every output."""
        if not cls.outputs:
            cls.outputs.extend(cls.read_samples())
        return cls.outputs

    @classmethod
    def read_samples(cls):
        """The same, from the trace."""
        members = {"match_by_source": ("source", ["state", "industry"]),
                   "outcome_gross": ("outcome", ["jobs", "investment", "new_sales"]),
                   "outcome_net": ("outcome", ["jobs", "investment", "new_sales"])}
        own = {"WILD": ["state", "industry", "jobs", "investment"], "CALM": ["new_sales"],
               "portfolio": ["state", "industry", "jobs", "investment", "new_sales"]}
        for metric in cls.metrics():
            for p, program in enumerate(PROGRAMS):
                if metric.endswith("_per_dollar") and metric[:-11] not in own[program]:
                    continue
                if f"outputs/{metric}" in cls.trace:
                    yield metric, (p,), cls.trace[f"outputs/{metric}"][:, p]
                elif metric in members:
                    keys = [key for key in own[program] if key in members[metric][1]]
                    for k, key in enumerate(keys):
                        table = cls.trace[f"programs/{program}/{metric}"][:, k]
                        for t in range(4):
                            yield metric, (p, members[metric][1].index(key), t), table[:, t]
                else:
                    for t in range(4):
                        table = annual(cls.trace[f"programs/{program}"], metric)
                        yield metric, (p, t), table[:, t]


def setUpModule():
    """unittest calls it before the first test."""
    Made.make()


class Statistics(Made):
    """Every statistic, computed again."""

    read = {}  # variables of the result, read once

    def get(self, metric, index, suffix):
        """One value of the result."""
        name = f"{metric}_{suffix}"
        if name not in self.read:
            self.read[name] = self.result[name][()]
        return self.read[name][index]

    def test_every_output_is_in_the_trace(self):
        seen = {metric for metric, _, _ in self.samples()}
        self.assertEqual(seen, set(self.metrics()))
        self.assertGreater(len(seen), 40)

    def test_counts(self):
        kinds = [0, 0, 0]
        for metric, index, x in self.samples():
            counts = [int(self.get(metric, index, suffix))
                      for suffix in ("defined", "undefined", "infinite")]
            expected = [int((~numpy.isnan(x)).sum()), int(numpy.isnan(x).sum()),
                        int(numpy.isinf(x).sum())]
            self.assertEqual(counts, expected, f"{metric} {index}")
            kinds = [a + b for a, b in zip(kinds, counts)]
        self.assertTrue(all(kinds), "the study should have undefined and infinite answers")

    def test_moments(self):
        for metric, index, x in self.samples():
            x, words = x[numpy.isfinite(x)], f"{metric} {index}"
            mean, sd, skewness, kurtosis, error, sd_error = exact_moments(x)
            scale = numpy.abs(x).max(initial=0.0)
            self.near(metric, index, "mean", mean, 1e-15 * scale, words)
            self.near(metric, index, "sd", sd, 1e-14 * scale, words)
            self.near(metric, index, "standard_error", error, 1e-14 * scale, words)
            if sd > 1e-9 * scale:  # else they are moments of rounding
                self.near(metric, index, "skewness", skewness, 1e-7, words)
                self.near(metric, index, "kurtosis", kurtosis, 1e-6, words)
                self.near(metric, index, "sd_standard_error", sd_error, 1e-9 * scale, words)

    def near(self, metric, index, suffix, expected, tolerance, words):
        """A moment is as expected; NaN where undefined."""
        got = self.get(metric, index, suffix)
        if math.isnan(expected):
            self.assertTrue(math.isnan(got), f"{words} {suffix}")
        else:
            self.assertLessEqual(abs(got - expected), tolerance + 1e-12 * abs(expected),
                                 f"{words} {suffix}: {got} {expected}")

    def test_extremes_and_their_first_samples(self):
        for metric, index, x in self.samples():
            finite = numpy.isfinite(x)
            for suffix, pick in (("minimum", numpy.min), ("maximum", numpy.max)):
                value = self.get(metric, index, suffix)
                sample = int(self.get(metric, index, suffix + "_sample"))
                if not finite.any():
                    self.assertTrue(math.isnan(value) and sample == -1)
                    continue
                self.assertEqual(value, pick(x[finite]), f"{metric} {index}")
                self.assertEqual(sample, int(numpy.flatnonzero(x == value)[0]))

    def test_quantiles_within_their_bounds(self):
        p = self.result["quantile"][()]
        for metric, index, x in self.samples():
            value, low, high, bound = (self.get(metric, index, suffix) for suffix in (
                "quantile", "quantile_low", "quantile_high", "quantile_bound"))
            x = numpy.sort(x[~numpy.isnan(x)])
            if len(x) == 0:
                self.assertTrue(numpy.isnan([value, low, high, bound]).all())
                continue
            exact = x[[ceil_times(each, len(x)) - 1 for each in p]]
            with numpy.errstate(invalid="ignore"):
                close = (numpy.abs(value - exact) <= bound) | (value == exact)
            self.assertTrue(close.all(), f"{metric} {index}")
            self.assertTrue(((low <= value) & (value <= high)).all(), f"{metric} {index}")
            self.check_interval(x, p, low, high, f"{metric} {index}")

    def check_interval(self, x, p, low, high, words):
        """Between order statistics i and j lies the quantile if i <= B < j, B binomial."""
        first = numpy.searchsorted(x, low, "left") + 1
        last = numpy.searchsorted(x, high, "right")
        i = numpy.where(numpy.isneginf(low), 0, first)
        j = numpy.where(numpy.isposinf(high), len(x) + 1, last)
        coverage = stats.binom.cdf(j - 1, len(x), p) - stats.binom.cdf(i - 1, len(x), p)
        self.assertTrue((coverage >= 0.95).all(), f"{words}: {coverage}")

    def test_histograms_count_every_sample(self):
        for metric, index, x in self.samples():
            edges, counts = (self.get(metric, index, f"histogram_{part}")
                             for part in ("edge", "count"))
            x, words = x[numpy.isfinite(x)], f"{metric} {index}"
            edges = edges[~numpy.isnan(edges)]
            if len(x) == 0:
                self.assertEqual((len(edges), counts.sum()), (0, 0))
                continue
            self.assertEqual((edges[0], edges[-1]), (x.min(), x.max()), words)
            self.assertEqual(counts.sum(), len(x), words)
            if edges[0] == edges[-1]:
                self.assertEqual(counts[0], len(x))
                continue
            self.assertTrue((numpy.diff(edges) > 0).all(), words)
            numpy.testing.assert_array_equal(counts[:len(edges) - 1],
                                             numpy.histogram(x, edges)[0], words)

    def test_targets_are_counted_exactly(self):
        cases = [("leverage_ratio", (0,), 0.8, 1), ("payback_year", (2,), 2027, -1),
                 ("outcome_gross", (0, 0, 1), 50, 1), ("receipts", (1, 2), 4, -1),
                 ("survival_share", (0,), 1, 1)]
        values = {(metric, index): x for metric, index, x in self.samples()}
        for i, (metric, index, threshold, side) in enumerate(cases):
            x = values[metric, index]
            x = x[~numpy.isnan(x)]
            met = int((x >= threshold).sum() if side > 0 else (x <= threshold).sum())
            self.assertEqual(self.result["target_probability"][i], met / len(x), metric)
            self.assertTrue(0 < met < len(x), metric)
        self.assertEqual(fulcrum.texts(self.result["target_name"])[0], "Enough leverage")
        self.assertEqual(fulcrum.texts(self.result["target_name_zh"])[0], "杠杆足够")
        self.assertEqual(list(self.result["target_fiscal_year"][:3]), [0, 0, 2026])

    def test_refused_samples_are_counted_and_undefined(self):
        paths = fulcrum.texts(self.trace["parameters/path"])
        values = self.trace["parameters/value"][()]
        refused = numpy.zeros(SAMPLES, dtype=bool)
        for path, inside in DOMAINS.items():
            refused |= ~numpy.array([inside(x) for x in values[:, paths.index(path)]])
        count = int(refused.sum())
        self.assertGreater(count, 0)
        self.assertEqual(list(self.result["refused_samples"][()]), [count, 0, count])
        self.assertEqual(list(self.result["imbalanced_samples"][()]), [0, 0, 0])
        for metric, index, x in self.samples():
            if index[0] != 1:
                self.assertTrue(numpy.isnan(x[refused]).all(), f"{metric} {index}")
            if metric in ("federal", "npv", "active"):
                self.assertFalse(numpy.isnan(x[~refused]).any(), f"{metric} {index}")
        calm = self.trace["programs/CALM/federal"][()]
        self.assertFalse(numpy.isnan(calm).any(), "another program is refused too")


def exact_moments(x):
    """mean, sd, skewness, excess kurtosis, error of the mean, error of the sd, in 64 bits of precision."""
    n = len(x)
    if n == 0:
        return (math.nan,) * 6
    wide = x.astype(numpy.longdouble)
    mean = wide.sum() / n
    m2, m3, m4 = (float(((wide - mean) ** k).sum() / n) for k in (2, 3, 4))
    if n < 2 or m2 == 0:
        return float(mean), (0.0 if n > 1 else math.nan), math.nan, math.nan, \
            (0.0 if n > 1 else math.nan), math.nan
    sd = math.sqrt(m2 * n / (n - 1))
    error = math.sqrt((m4 - m2 * m2 * (n - 3) / (n - 1)) / n) / (2 * sd)
    return float(mean), sd, m3 / m2 ** 1.5, m4 / m2 ** 2 - 3, sd / math.sqrt(n), error


def ceil_times(p, n):
    """ceil(p n) of the decimal fraction that p stands for, at least 1."""
    return max(1, math.ceil(fractions.Fraction(str(p)) * n))


class Readers(Made):
    """The file as ncdump, xarray and h5py see it."""

    def test_ncdump_prints_all_of_it(self):
        done = subprocess.run(["ncdump", self.path], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        header = subprocess.run(["ncdump", "-hs", self.path], capture_output=True, text=True,
                                check=True).stdout
        for line in ("program = 3 ;", "fiscal_year = 4 ;", "quantile = 11 ;", "source = 2 ;",
                     "outcome = 3 ;", "target = 5 ;", '_Format = "netCDF-4"',
                     "double federal_quantile(program, fiscal_year, quantile) ;",
                     "double outcome_gross_mean(program, outcome, fiscal_year) ;",
                     "double match_by_source_mean(program, source, fiscal_year) ;"):
            self.assertIn(line, header)
        self.assertNotIn("phony", header)

    def test_xarray_opens_it_with_both_engines(self):
        import xarray
        for engine in ("h5netcdf", "netcdf4"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with xarray.open_dataset(self.path, engine=engine) as data:
                    self.assertEqual(list(data["program"].values), list(PROGRAMS))
                    self.assertEqual(list(data["fiscal_year"].values), [2025, 2026, 2027, 2028])
                    self.assertEqual(list(data["outcome"].values),
                                     ["jobs", "investment", "new_sales"])
                    median = data["federal_quantile"].sel(program="WILD", fiscal_year=2026,
                                                          quantile=0.5)
                    p = list(self.result["quantile"][()]).index(0.5)
                    self.assertEqual(float(median), self.result["federal_quantile"][0, 1, p])
                    self.assertEqual(data["npv_mean"].attrs["currency"], "USD")
                    self.assertEqual(data.attrs["samples"], SAMPLES)

    def test_every_variable_is_explained(self):
        for name, node in self.result.items():
            if not isinstance(node, h5py.Dataset) or name in ("edge", "bin", "target"):
                continue
            self.assertTrue(len(node.attrs["long_name"]) > 3, name)
            if node.dtype.kind in "fi":
                self.assertTrue(len(node.attrs["units"]) > 0, name)
            is_scale = node.attrs.get("CLASS") == b"DIMENSION_SCALE"
            labels = [name] if is_scale else [next(iter(dim.keys()), "") for dim in node.dims]
            self.assertTrue(all(labels), name)

    def test_names_in_both_languages(self):
        self.assertEqual(fulcrum.texts(self.result["program_name"])[0],
                         "A program whose growth may leave its domain")
        self.assertEqual(fulcrum.texts(self.result["program_name_zh"])[0], "增长率可能越界的计划")
        self.assertEqual(fulcrum.texts(self.result["outcome_name_zh"])[0], "岗位")
        self.assertEqual(self.result.attrs["title_zh"], "各种结果")

    def test_study_inside_is_the_file_and_its_hash_the_name(self):
        group = self.result["study"]
        self.assertEqual(group["as_written"][()].decode(), STUDY)
        resolved = group["resolved"][()]
        digest = hashlib.sha256(resolved).hexdigest()
        self.assertEqual(self.result.attrs["study_sha256"], digest)
        canonical = fulcrum.must("check", "--canonical", self.study)
        self.assertEqual(canonical, resolved.decode())
        self.assertEqual(self.result.attrs["seed"], "5")

    def test_quantities_with_their_sources(self):
        group = self.result["study"]
        paths = fulcrum.texts(group["path"])
        rows = {path: [fulcrum.texts(group[name])[i]
                       for name in ("distribution", "source", "unit", "note")]
                for i, path in enumerate(paths)}
        for path in fulcrum.texts(self.trace["parameters/path"]):
            self.assertIn(path, rows)
        tax = rows["accounts/tax_rate"]
        self.assertIn("uniform", tax[0])
        self.assertEqual(tax[1], "judgement: wide")
        self.assertEqual(rows["programs/WILD/budget/plan/2025"][:3], ["10", "a test", "USD million"])
        self.assertEqual(rows["programs/WILD/budget/growth"][3], "below -1 once in a thousand")

    def test_two_runs_are_the_same_bytes_and_hold_no_place(self):
        other = os.path.join(self.folder.name, "other.h5")
        fulcrum.must("run", self.study, "-n", SAMPLES, "--seed", 5, "-q", "-o", other)
        with open(self.path, "rb") as one, open(other, "rb") as two:
            content = one.read()
            self.assertEqual(content, two.read())
        for secret in (self.folder.name, os.uname().nodename + "\0", fulcrum.ROOT):
            self.assertNotIn(secret.encode(), content)

    def test_samples_in_the_result_need_no_whole_block(self):
        for count in (1, 2, 191):
            path = os.path.join(self.folder.name, "small.h5")
            fulcrum.must("run", self.study, "-n", count, "--seed", 5, "-q", "-o", path)
            with h5py.File(path) as small:
                x = self.trace["outputs/npv"][:count, 1]
                self.assertAlmostEqual(small["npv_mean"][1], x.mean(), delta=1e-12 * abs(x).max())
                self.assertEqual(small["npv_defined"][1], count)
                self.assertEqual(math.isnan(small["npv_sd"][1]), count == 1)


if __name__ == "__main__":
    unittest.main()
