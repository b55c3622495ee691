#!/usr/bin/env python3
"""fulcrum diff: two results side by side.

Every difference, standard error and z of the tables is computed again by numpy from the two files;
runs of two seeds differ as chance has them differ.
"""

import math
import os
import re
import shutil
import sys
import unittest

import h5py
import numpy
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

import fulcrum  # noqa: E402

EQUAL, DIFFERENT, USAGE, STUDY, INPUT = 0, 1, 2, 65, 66
LEVEL = stats.norm.ppf(0.975)
# Ratios without denominator, paybacks that never come, samples that are refused, targets.
TEXT = """\
fulcrum: 1
title: Two programs
horizon: {base_year: 2025, years: 4}
macro: {inflation: {mean: 0.02, volatility: 0.01}, discount_rate: 0.03}
accounts: {tax_rate: {uniform: {min: 0, max: 0.5}}}
programs:
  WILD:
    instrument: grant
    budget: {mode: share, plan: {2025: 10}, growth: {normal: {mean: 0.02, sd: 0.329}}, termination: {from_year: 2025, hazard: 0.3}}
    units: {cohorts: [{start: 2020, count: 3}], size_dispersion: 0.4, lagging_share: 0.3}
    match: {required: 0.5, sources: {state: {ratio: {pert: {min: 0.3, mode: 0.6, max: 0.9}}}, industry: {ratio: 0.2}}}
    cost: {ratio: 1.5, credit: 0.2, minimum_service: 0.8}
    outcomes: {jobs: {unit: jobs, multiplier: 9, driver: federal, value: 0.05}, investment: {multiplier: 2, driver: spending}}
  CALM:
    instrument: fund
    budget: {plan: {2025: 5, 2026: 0}, volatility: 0.2}
    fund: {ratio: 2, hold: 2, multiple: {lognormal: {median: 1, p95: 4}}, return_volatility: 0.5, recycle: 0.5}
    outcomes: {new_sales: {multiplier: 3, driver: appropriation, value: 0.3}}
targets:
  - {output: WILD/leverage_ratio, at_least: 0.8}
  - {output: portfolio/payback_year, at_most: 2027}
  - {output: WILD/outcome_gross/jobs, fiscal_year: 2026, at_least: 50}
"""
MEMBERS = {"match_by_source": "source", "outcome_gross": "outcome", "outcome_net": "outcome"}


class Numbers:
    """Statistics of a result by output: {"WILD/federal/2026": {"mean": ..., ...}}."""

    def __init__(self, path):
        with h5py.File(path) as file:
            self.quantile = file["quantile"][()]
            self.outputs = {}
            for metric in [name[:-5] for name in file if name.endswith("_mean")]:
                self.read(file, metric)
            self.checks = {(program, what): int(file[f"{what}_samples"][p])
                           for p, program in enumerate(fulcrum.texts(file["program"]))
                           for what in ("refused", "imbalanced")}
            self.samples = int(file.attrs["samples"])
            self.targets = list(zip(fulcrum.texts(file["target_output"]),
                                    file["target_fiscal_year"][()], file["target_probability"][()]))

    def read(self, file, metric):
        """All cells of a metric."""
        names = ("mean", "standard_error", "quantile", "quantile_low", "quantile_high", "defined",
                 "undefined", "infinite")
        tables = [file[f"{metric}_{name}"][()] for name in names]
        member = fulcrum.texts(file[MEMBERS[metric]]) if metric in MEMBERS else []
        years = [str(year) for year in file["fiscal_year"][()]]
        for index in numpy.ndindex(tables[0].shape):
            words = [fulcrum.texts(file["program"])[index[0]], metric]
            rest = list(index[1:])
            if member:
                words.append(member[rest.pop(0)])
            if rest:
                words.append(years[rest[0]])
            cell = {name: table[index] for name, table in zip(names, tables)}
            if cell["defined"] + cell["undefined"]:
                self.outputs["/".join(words)] = cell


def mean_z(a, b):
    """Welch; a file without spread takes that of the other; rounding of constants is nothing."""
    n = [float(side["defined"] - side["infinite"]) for side in (a, b)]
    error = [float(side["standard_error"]) for side in (a, b)]
    difference = float(b["mean"] - a["mean"])
    spread = [e * math.sqrt(k) for e, k in zip(error, n)]
    spread = [s if s > 0 else other for s, other in zip(spread, spread[::-1])]
    total = math.sqrt(sum(s * s / k for s, k in zip(spread, n)))
    largest = max(abs(a["mean"]), abs(b["mean"]))
    if difference == 0 or max(abs(difference), total) <= 2.0 ** -36 * largest:
        return difference, total, 0.0
    return difference, total, difference / total if total else math.copysign(math.inf, difference)


def share_z(met, of):
    """The two-proportion test with the common share."""
    p = sum(met) / sum(of)
    error = math.sqrt(p * (1 - p) * (1 / of[0] + 1 / of[1]))
    difference = met[1] / of[1] - met[0] / of[0]
    return difference, error, difference / error if error else 0.0


def tables(text):
    """{title: {name: [A, B, B - A, s.e., z, B / A]}} and {title: summary line} of what is printed."""
    rows, summaries, title = {}, {}, None
    for line in text.splitlines():
        begin = re.match(r"(Means|Quantiles|Targets met.*?): (\d+) have a standard error(.*)$", line)
        if begin:
            title = begin.group(1).split()[0]
            rows[title], summaries[title] = {}, line
        elif title and re.match(r"  \S", line):
            found = re.match(r"  (.{47}) (.{12})(.{12})(.{12})(.{12})(.{12})(.{12})$", line)
            if found and found.group(2).strip() != "A":
                rows[title][found.group(1).strip()] = [cell.strip() for cell in found.groups()[1:]]
    return rows, summaries


class Compared(unittest.TestCase):
    """A folder with results of one study."""

    @classmethod
    def setUpClass(cls):
        cls.folder = fulcrum.folder()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.study = cls.path("study.yaml")
        with open(cls.study, "w", encoding="utf-8") as file:
            file.write(TEXT)
        cls.a = cls.result("a.h5", 1500, "--seed", 1)

    @classmethod
    def path(cls, name):
        """A path in the folder."""
        return os.path.join(cls.folder.name, name)

    @classmethod
    def result(cls, name, samples, *arguments, study=None):
        """Run the study; the path of its result."""
        fulcrum.must("run", study or cls.study, "-n", samples, "-q", "-o", cls.path(name), *arguments)
        return cls.path(name)

    def changed(self, name, change, source=None):
        """A copy that another program has edited."""
        shutil.copy(source or self.a, self.path(name))
        with h5py.File(self.path(name), "r+") as file:
            change(file)
        return self.path(name)

    def diff(self, code, *arguments):
        """What it prints; nothing among the errors."""
        done = fulcrum.run("diff", *arguments)
        self.assertEqual((done.returncode, done.stderr), (code, ""), done.stdout)
        return done.stdout


class Equal(Compared):
    """Equal files, equal values, and what is nearly so."""

    def test_equal_byte_by_byte(self):
        again = self.result("again.h5", 1500, "--seed", 1)
        for other in (self.a, again):
            text = self.diff(EQUAL, self.a, other)
            self.assertEqual(text, f"{self.a} and {other} are equal byte by byte.\n")

    def test_equal_values_of_an_edited_file(self):
        def remark(file):
            file.attrs["history"] = "looked at"
        edited = self.changed("edited.h5", remark)
        text = self.diff(EQUAL, self.a, edited)
        self.assertIn("the same study, seed, samples and version", text)
        self.assertRegex(text, r"Equal: all \d+ variables have the same values.*not the same\.")
        self.assertRegex(text, r"B  .*edited\.h5  \(changed after it was written\)")
        self.assertEqual(text.count("changed after"), 1)

    def test_cut_off_seal_is_no_difference_of_values(self):
        with open(self.a, "rb") as file:
            content = file.read()
        with open(self.path("bare.h5"), "wb") as file:
            file.write(content[:-81])
        self.assertIn("Equal: all", self.diff(EQUAL, self.path("bare.h5"), self.a))

    def test_comments_of_the_study_decide_nothing(self):
        with open(self.path("commented.yaml"), "w", encoding="utf-8") as file:
            file.write("# a remark\n" + TEXT)
        other = self.result("commented.h5", 1500, study=self.path("commented.yaml"))
        self.assertIn("Equal: all", self.diff(EQUAL, self.a, other))

    def test_every_single_value_counts(self):
        with h5py.File(self.a) as file:
            names = [name for name in file if name.startswith("federal_")
                     or name in ("target_probability", "refused_samples", "program_name")]
        self.assertGreater(len(names), 20)
        for name in names:
            def change(file, name=name):
                place = (0,) * file[name].ndim
                text = file[name].dtype.kind == "O"
                file[name][place] = "other" if text else numpy.nan_to_num(file[name][place]) + 1
            text = self.diff(DIFFERENT, self.a, self.changed("one.h5", change))
            self.assertRegex(text, r"\n1 of \d+ variables have", name)
            self.assertIn("give the same values: a file was changed", text)
            if "quantile_" not in name and "_standard_error" not in name:
                self.assertTrue(name in text or re.search("WILD/federal/2025|refused", text),
                                f"{name}: {text}")

    def test_added_and_removed_variables_are_named(self):
        def change(file):
            file["mine"] = [1.0, 2.0]
            del file["program_name_zh"]
        text = self.diff(DIFFERENT, self.a, self.changed("more.h5", change))
        self.assertRegex(text, r"2 of \d+ variables .* only:\n  program_name_zh\n  mine\n")


class Known(Compared):
    """The tables against numpy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.b = cls.result("b.h5", 4000, "--seed", 2)
        done = fulcrum.run("diff", cls.a, cls.b, "--all")
        cls.code, cls.text = done.returncode, done.stdout
        cls.rows, cls.summaries = tables(cls.text)
        cls.numbers = [Numbers(path) for path in (cls.a, cls.b)]

    def number(self, cell, expected, words):
        """A printed number is one of four digits."""
        if math.isnan(expected):
            self.assertEqual(cell, "-", words)
        elif math.isinf(expected):
            self.assertEqual(cell, "never" if expected > 0 else "-never", words)
        else:
            size = abs(expected)
            last = 0.05 * size if size < 0.001 else 5e-4 if size < 10 else 0.05 if size < 1000 else 0.5
            self.assertLessEqual(abs(float(cell) - expected), 1.001 * last, words)

    def row(self, row, value, expected, words):
        """All columns of a row."""
        difference, error, z = expected
        for cell, number in zip(row, (*value, difference, error)):
            self.number(cell, number, words)
        self.assertAlmostEqual(float(row[4]), z, delta=0.006 + 1e-4 * abs(z), msg=words)
        if value[0]:
            self.number(row[5], value[1] / value[0], words)

    def test_it_says_that_they_differ(self):
        self.assertEqual(self.code, DIFFERENT)
        self.assertIn("  seed: 1 -> 2\n  samples: 1500 -> 4000\n", self.text)
        self.assertNotIn("same seed", self.text)
        a, b = (side.outputs for side in self.numbers)
        self.assertEqual(list(a), list(b))
        self.assertIn(f"Came out: {len(a)} outputs in both", self.text)

    def test_means(self):
        largest, judged, beyond, shown = 0, 0, 0, 0
        for name, a in self.numbers[0].outputs.items():
            b = self.numbers[1].outputs[name]
            if numpy.isnan([a["mean"], b["mean"]]).any():
                self.assertEqual(name in self.rows["Means"], a["mean"] == a["mean"] or b["mean"] == b["mean"])
                continue
            difference, error, z = mean_z(a, b)
            if z == 0:
                self.assertNotIn(name, self.rows["Means"])
            elif math.isinf(z):
                self.assertEqual(self.rows["Means"][name][4], "certain", name)
            else:
                self.row(self.rows["Means"][name], (a["mean"], b["mean"]), (difference, error, z), name)
                largest, shown = max(largest, abs(z)), shown + 1
                beyond += abs(z) > 2
            judged += error > 2.0 ** -36 * max(abs(a["mean"]), abs(b["mean"]))
        self.assertGreater(shown, 150)
        summary = self.summaries["Means"]
        self.assertIn(f"Means: {judged} have a standard error. |z| > 2: {beyond} (", summary)
        self.assertIn(f"({judged * 2 * stats.norm.sf(2):.3g} by chance)", summary)
        by_chance = [-stats.norm.ppf(-math.expm1(math.log(p) / judged) / 2) for p in (0.5, 0.95)]
        self.assertIn(f"The largest |z| is {largest:.2f}; by chance alone it would be about "
                      f"{by_chance[0]:.2f}, and below {by_chance[1]:.2f} nineteen", self.text)

    def test_file_without_spread_takes_that_of_the_other(self):
        names = ("payback_year", "npv")

        def still(file):
            for name in names:
                file[f"{name}_standard_error"][()] = 0
        other = self.changed("still.h5", still, self.b)
        rows, _ = tables(self.diff(DIFFERENT, self.a, other, "--all"))
        infinite, edited = 0, Numbers(other)
        for name in [f"{program}/{name}" for program in ("WILD", "CALM", "portfolio") for name in names]:
            a, b = self.numbers[0].outputs[name], edited.outputs[name]
            if name in self.rows["Means"] and a["mean"] == a["mean"] and b["mean"] == b["mean"]:
                self.row(rows["Means"][name], (a["mean"], b["mean"]), mean_z(a, b), name)
                infinite += a["infinite"]
        self.assertGreater(infinite, 0)

    def test_rows_are_sorted_by_z(self):
        for title, rows in self.rows.items():
            z = [math.inf if row[4][0] in "oc" else abs(float(row[4])) for row in rows.values()
                 if row[4] not in ("apart", "?")]
            self.assertEqual(z, sorted(z, reverse=True), title)

    def test_quantiles(self):
        seen = 0
        for name, a in self.numbers[0].outputs.items():
            b = self.numbers[1].outputs[name]
            for q, p in enumerate(self.numbers[0].quantile):
                value = [float(side["quantile"][q]) for side in (a, b)]
                row = self.rows["Quantiles"].get(f"{name} {100 * p:g} %")
                if not numpy.isfinite(value).all() or value[0] == value[1] or not row:
                    continue
                lower, upper = (a, b) if value[0] < value[1] else (b, a)
                error = math.hypot(lower["quantile_high"][q] - min(value),
                                   max(value) - upper["quantile_low"][q]) / LEVEL
                if row[4] != "apart":
                    difference = value[1] - value[0]
                    self.row(row, value, (difference, error, difference / error), f"{name} {p}")
                    seen += 1
        self.assertGreater(seen, 1000)

    def test_targets_and_counts(self):
        rows = dict(self.rows["Targets"])
        cases = {}
        for (output, year, p), (_, _, q) in zip(*(side.targets for side in self.numbers)):
            name = f"{output}/{year}" if year else output
            of = [int(side.outputs[name]["defined"]) for side in self.numbers]
            words = [row for row in rows if row.startswith(name) and "= " in row]
            self.assertEqual(len(words), 1, name)
            cases[words[0]] = ([round(p * of[0]), round(q * of[1])], of)
        for name, a in self.numbers[0].outputs.items():
            both = (a, self.numbers[1].outputs[name])
            cases[f"{name} undefined"] = ([int(x["undefined"]) for x in both],
                                          [int(x["defined"] + x["undefined"]) for x in both])
            cases[f"{name} infinite"] = ([int(x["infinite"]) for x in both],
                                         [int(x["defined"]) for x in both])
        for key in self.numbers[0].checks:
            cases[" ".join(key)] = ([side.checks[key] for side in self.numbers],
                                    [side.samples for side in self.numbers])
        kinds = set()
        for name, (met, of) in cases.items():
            if not sum(met) or not all(of) or share_z(met, of)[2] == 0:
                self.assertNotIn(name, rows)
                continue
            row = rows.pop(name[:47].strip())
            difference, error, z = share_z(met, of)
            self.row(row, (100 * met[0] / of[0], 100 * met[1] / of[1]),
                     (100 * difference, 100 * error, z), name)
            kinds.add(name.split()[-1])
        self.assertEqual(rows, {})
        self.assertLessEqual({"undefined", "infinite", "refused", "50"}, kinds)

    def test_the_largest_are_shown(self):
        few, _ = tables(self.diff(DIFFERENT, self.a, self.b, "--most", 3))
        for title in ("Means", "Targets"):
            self.assertEqual(list(few[title].items()), list(self.rows[title].items())[:3], title)
        names = [re.sub(r" [\d.]+ %$", "", name) for name in few["Quantiles"]]
        self.assertEqual(len(set(names)), 3)
        self.assertRegex(self.diff(DIFFERENT, self.a, self.b, "--most", 0), r"and \d+ more; --all")


class Chance(Compared):
    """Runs of two seeds differ by chance alone."""

    def test_z_of_two_seeds_is_about_standard_normal(self):
        first = os.path.join(fulcrum.INPUTS, "first_study.yaml")
        values, beyond = [], 0
        for seed in range(10, 20, 2):
            paths = [self.result(f"{s}.h5", 3000, "--seed", s, study=first)
                     for s in (seed, seed + 1)]
            rows, _ = tables(self.diff(DIFFERENT, *paths, "--all", "--program", "CENTERS"))
            z = numpy.array([float(row[4]) for row in rows["Means"].values()])
            self.assertLess(numpy.abs(z).max(), 5)
            values.append(z)
            quantiles = [float(row[4]) for row in rows["Quantiles"].values() if row[4] != "apart"]
            beyond += numpy.mean(numpy.abs(quantiles) > 2)
        z = numpy.concatenate(values)
        self.assertGreater(len(z), 700)
        self.assertLess(abs(z.mean()), 0.4)
        self.assertTrue(0.75 < z.std() < 1.25, z.std())
        self.assertTrue(0.01 < numpy.mean(numpy.abs(z) > 2) < 0.12)
        self.assertLess(beyond / 5, 0.1)

    def test_one_sample_tells_nothing(self):
        single = [self.result(f"single{seed}.h5", 1, "--seed", seed) for seed in (1, 2)]
        text = self.diff(DIFFERENT, *single, "--all")  # what is undefined in one comes first
        rows, summaries = tables(text)
        self.assertIn("so few samples do not tell", text)
        self.assertIn("Means: 0 have a standard error.", summaries["Means"])
        self.assertEqual({row[4] for row in rows["Means"].values()} - {"only in A", "only in B"}, {"?"})
        self.assertIn("the longer run holds the samples", self.diff(DIFFERENT, single[0], self.a))


class Asked(Compared):
    """Other studies, other layouts."""

    def of(self, name, old, new, *arguments):
        """The result of a changed study."""
        self.assertIn(old, TEXT)
        with open(self.path("other.yaml"), "w", encoding="utf-8") as file:
            file.write(TEXT.replace(old, new))
        return self.result(name, 1500, *arguments, study=self.path("other.yaml"))

    def test_changed_values_with_their_paths(self):
        other = self.of("values.h5", "mode: 0.6, max: 0.9", "mode: 0.7, max: 0.9")
        text = self.diff(DIFFERENT, self.a, other)
        self.assertIn("The study, 1 difference\n  programs/WILD/match/sources/state/ratio/pert/mode: "
                      "0.6 -> 0.7\n", text)
        self.assertIn("Both have the same seed", text)
        rows, _ = tables(text)
        self.assertTrue(all(name.startswith(("WILD", "portfolio")) for name in rows["Means"]))
        self.assertIn("programs/WILD/match/sources/state/ratio/pert/mode: 0.7 -> 0.6\n",
                      self.diff(DIFFERENT, other, self.a))

    def test_title(self):
        other = self.of("title.h5", "title: Two programs", "title: 两个项目")
        text = self.diff(DIFFERENT, self.a, other)
        self.assertIn("Asked differently, A -> B\n  title: Two programs -> 两个项目\n", text)
        self.assertIn('  title: Two programs -> "两个项目"\n', text)
        self.assertIn("variables have other values or stand in one file only:\n  study/resolved\n", text)

    def test_removed_program_and_target(self):
        calm = TEXT[TEXT.index("  CALM:"):TEXT.index("targets:")]
        other = self.of("fewer.h5", calm, "")
        with open(self.path("fewest.yaml"), "w", encoding="utf-8") as file:
            file.write(TEXT.replace(calm, "").replace(
                "  - {output: WILD/leverage_ratio, at_least: 0.8}\n", ""))
        fewest = self.result("fewest.h5", 1500, study=self.path("fewest.yaml"))
        text = self.diff(DIFFERENT, self.a, other)
        count = sum(name.startswith("CALM/") for name in Numbers(self.a).outputs)
        self.assertIn(f"Only in A\n  program CALM ({count} outputs)\n  output new_sales_per_dollar (1 output)\n"
                      "  outcome new_sales (8 outputs)\n", text)
        self.assertNotIn("Only in B", text)
        self.assertIn("programs/CALM: only in A: {instrument: fund", text)
        self.assertIn("  programs: WILD CALM portfolio -> WILD portfolio\n", text)
        text = self.diff(DIFFERENT, fewest, other)
        self.assertIn("Only in B\n  target WILD/leverage_ratio >= 0.8\n", text)
        self.assertIn("  targets/0: only in B: {output: WILD/leverage_ratio", text)

    def test_longer_horizon(self):
        other = self.of("longer.h5", "years: 4", "years: 5")
        text = self.diff(DIFFERENT, self.a, other)
        self.assertIn("  fiscal years: 2025-2028 -> 2025-2029\n", text)
        self.assertIn("  horizon/years: 4 -> 5\n", text)
        count = sum(name.endswith("/2029") for name in Numbers(other).outputs)
        self.assertIn(f"Only in B\n  fiscal year 2029 ({count} outputs)\n", text)

    def test_programs_in_another_order(self):
        calm = TEXT[TEXT.index("  CALM:"):TEXT.index("targets:")]
        wild = TEXT[TEXT.index("  WILD:"):TEXT.index("  CALM:")]
        text = self.diff(DIFFERENT, self.a, self.of("order.h5", wild + calm, calm + wild))
        self.assertIn("  programs: in the order WILD, CALM -> in the order CALM, WILD\n", text)
        count = len(Numbers(self.a).outputs)
        found = re.search(r"Came out: (\d+) outputs in both, (\d+) of them equal", text)
        self.assertEqual(int(found.group(1)), count)
        self.assertGreater(int(found.group(2)), count - 20)  # sums of the portfolio may round

    def test_version(self):
        def change(file):
            file.attrs["source"] = "fulcrum 0.0.9"
        text = self.diff(EQUAL, self.a, self.changed("old.h5", change))
        self.assertRegex(text, r"  version: fulcrum [\d.]+ -> fulcrum 0\.0\.9\n")

    def test_defined_in_one_file_only(self):
        def change(file):
            file["npv_mean"][0] = numpy.nan
            file["npv_quantile"][0] = numpy.nan
        other = self.changed("undefined.h5", change)
        for order, words in (((self.a, other), "only in A"), ((other, self.a), "only in B")):
            rows, _ = tables(self.diff(DIFFERENT, *order))
            self.assertEqual(list(rows["Means"]), ["WILD/npv"])
            self.assertEqual(rows["Means"]["WILD/npv"][4], words)

        def more(file):
            change(file)
            file.attrs["history"] = "edited"
        self.assertIn("Equal: all", self.diff(EQUAL, other, self.changed("undefined2.h5", more)))

    def test_other_quantiles(self):
        def change(file):
            file["quantile"][0] = 0.02
        other = self.changed("quantiles.h5", change)
        text = self.diff(DIFFERENT, self.a, other)
        self.assertIn("  quantiles: 0.01 0.025 0.05", text)
        self.assertIn("-> 0.02 0.025 0.05", text)

    def test_quantiles_are_paired_by_their_probability(self):
        def turn(file):
            for name in file:
                if name == "quantile" or re.search("_quantile(_low|_high|_bound|)$", name):
                    file[name][()] = file[name][()][..., ::-1]
        text = self.diff(DIFFERENT, self.a, self.changed("turned.h5", turn))
        rows, summaries = tables(text)
        self.assertEqual(rows["Quantiles"], {})
        self.assertRegex(summaries["Quantiles"], "[0-9]{3} have a standard error")


class Chosen(Compared):
    """Only some outputs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.b = cls.result("b.h5", 1500, "--set", "programs/CALM/fund/ratio=3")

    def names(self, *arguments):
        """Outputs with another mean, of those chosen."""
        rows, _ = tables(self.diff(DIFFERENT, self.a, self.b, "--all", *arguments))
        return sorted(rows.get("Means", {}))

    def test_choices_by_output_and_program(self):
        every = self.names()
        self.assertGreater(len(every), 20)
        for arguments, pattern in ((("--program", "CALM"), "^CALM/"),
                                   (("--program", "port*"), "^portfolio/"),
                                   (("--output", "match"), "^[^/]*/match/"),
                                   (("--output", "CALM/match"), "^CALM/match/"),
                                   (("--output", "CALM/match/2025"), "^CALM/match/2025"),
                                   (("--output", "*/2025"), "/2025$"),
                                   (("--output", "leverage_ratio"), "/leverage_ratio$"),
                                   (("--output", "lever*", "-p", "CALM"), "^CALM/lever")):
            chosen = [name for name in every if re.search(pattern, name)]
            self.assertTrue(chosen, pattern)
            self.assertEqual(self.names(*arguments), chosen, arguments)

    def test_chosen_outputs_decide(self):
        text = self.diff(EQUAL, self.a, self.b, "--program", "WILD")
        count = sum(name.startswith("WILD/") for name in Numbers(self.a).outputs)
        self.assertIn(f"Equal: every statistic of all {count} outputs asked for.", text)
        self.assertIn("  programs/CALM/fund/ratio: 2 -> 3\n", text)
        self.diff(EQUAL, self.a, self.b, "--output", "WILD/federal/2026")
        self.diff(DIFFERENT, self.a, self.b, "--output", "CALM/leverage_ratio")

    def test_choice_of_nothing(self):
        for arguments, words in ((("--program", "WILDE"), "no program 'WILDE'; did you mean 'WILD'?"),
                                 (("--program", "X*"), "no output of such a program"),
                                 (("--output", "fedral"), "no output is called fedral"),
                                 (("--output", "WILD/npv/2026"), "no output is called"),
                                 (("--most", "x"), "whole number"), (("third.h5",), "one operand too many")):
            done = fulcrum.run("diff", self.a, self.b, *arguments)
            self.assertEqual((done.returncode, done.stdout), (USAGE, ""))
            self.assertIn(words, done.stderr)


class Damaged(Compared):
    """One clear error, whichever of the two it is."""

    def refused(self, code, pattern, path):
        """As A and as B; the message names the file."""
        for order in ((path, self.a), (self.a, path)):
            done = fulcrum.run("diff", *order)
            self.assertEqual((done.returncode, done.stdout), (code, ""), path)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertRegex(done.stderr, "^fulcrum diff: ")
            self.assertRegex(done.stderr, pattern)

    def write(self, name, content):
        """A file of these bytes."""
        with open(self.path(name), "wb") as file:
            file.write(content)
        return self.path(name)

    def test_cut_and_flipped(self):
        with open(self.a, "rb") as file:
            content = file.read()
        for length in (0, 7, 100, 2048, len(content) // 2, len(content) - 100):
            self.refused(STUDY, "cut.h5.*(damaged|not a result)", self.write("cut.h5", content[:length]))
        for place in (0, 9, 500, 4096, len(content) // 3, len(content) - 82, len(content) - 20):
            flipped = bytearray(content)
            flipped[place] ^= 4
            self.refused(STUDY, "flipped.h5.*(damaged|not a result)",
                         self.write("flipped.h5", bytes(flipped)))

    def test_foreign(self):
        self.refused(STUDY, "study.yaml: not a result", self.study)
        self.refused(INPUT, "nothing.h5", self.path("nothing.h5"))
        self.refused(INPUT, "folder", self.folder.name)
        with h5py.File(self.path("foreign.h5"), "w") as file:
            file["x"] = [1.0]
        self.refused(STUDY, "foreign.h5: not a result of fulcrum run", self.path("foreign.h5"))
        trace = fulcrum.trace(self.study, [0], self.path("trace.h5"))
        self.refused(STUDY, "trace.h5: not a result of fulcrum run", trace)
        done = fulcrum.run("diff", self.study, self.study)
        self.assertEqual(done.returncode, STUDY, "equal foreign files are no results either")

    def test_edited_out_of_shape(self):
        def drop(name):
            def change(file):
                del file[name]
            return change

        def resize(name, shape):
            def change(file):
                del file[name]
                file[name] = numpy.zeros(shape)
            return change

        def stretch(file):
            del file["federal_mean"]
            file["federal_mean"] = numpy.zeros((3, 3))
            for axis, scale in enumerate(("program", "fiscal_year")):
                file["federal_mean"].dims[axis].attach_scale(file[scale])
        self.refused(STUDY, "shape.h5.*federal_mean.*dimensions", self.changed("shape.h5", stretch))
        for name in ("federal_standard_error", "quantile", "program", "study/resolved", "npv_quantile_low",
                     "refused_samples", "target_side"):
            self.refused(STUDY, "shape.h5", self.changed("shape.h5", drop(name)))
        for name, shape in (("federal_mean", 3), ("federal_mean", (3, 4, 2)), ("npv_mean", (2,)),
                            ("npv_mean", (1, 3)), ("npv_defined", (2,)), ("npv_quantile", (3, 10)),
                            ("target_low", (1,)), ("program_name", (3,)),
                            ("outcome_net_mean", (3, 4)), ("federal_mean", (0,))):
            self.refused(STUDY, "shape.h5", self.changed("shape.h5", resize(name, shape)))

    def test_texts_that_are_no_study(self):
        def change(file):
            file["study/resolved"][()] = "a: [1"
        self.refused(STUDY, "words.h5: study/resolved", self.changed("words.h5", change))


if __name__ == "__main__":
    unittest.main()
