#!/usr/bin/env python3
"""Laws that the numbers of any study obey, and numbers known without any program.

What holds for every sample (sums, conservation, common random numbers by name) is looked up in
traces; what holds of distributions (means, quantiles, probabilities in closed form) in results.
Seeds are fixed: a bound of four standard errors passes for good or fails for good.
"""

import copy
import math
import os
import sys
import unittest

import h5py
import numpy
import yaml
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

import fulcrum  # noqa: E402
import quantities  # noqa: E402

SAMPLES = (0, 1, 2, 3, 191, 192, 10 ** 6)


def grant(**sections):
    """A program of one unit that costs what it gets."""
    node = {"instrument": "grant", "budget": {"mode": "award"},
            "units": {"cohorts": [{"start": 2025, "count": 1}], "award": [1.0]},
            "cost": {"ratio": 1.0}}
    node.update(sections)
    return node


def study_of(programs, years=1, **sections):
    """A study as a nested dict."""
    return {"fulcrum": 1, "horizon": {"base_year": 2025, "years": years}, "programs": programs,
            **sections}


class WithFolder(unittest.TestCase):
    """Tests that write studies, traces and results."""

    def setUp(self):
        folder = fulcrum.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.files = 0

    def write(self, study):
        """The path of a new file with the study."""
        self.files += 1
        path = os.path.join(self.folder, f"study_{self.files}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            yaml.safe_dump(study, file, sort_keys=False)
        return path

    def trace(self, study, samples=SAMPLES, *arguments):
        """An open trace of a study (a dict, or a path)."""
        path = study if isinstance(study, str) else self.write(study)
        self.files += 1
        output = os.path.join(self.folder, f"trace_{self.files}.h5")
        file = h5py.File(fulcrum.trace(path, samples, output, *arguments))
        self.addCleanup(file.close)
        return file

    def result(self, study, samples, *arguments):
        """An open result of a study (a dict, or a path)."""
        path = study if isinstance(study, str) else self.write(study)
        self.files += 1
        output = os.path.join(self.folder, f"result_{self.files}.h5")
        result = fulcrum.result(path, samples, output, *arguments)
        self.addCleanup(result.close)
        return result


def is_series(node):
    """Whether it holds numbers (and not the names of sources, units, ...)."""
    return isinstance(node, h5py.Dataset) and node.dtype.kind == "f"


def datasets(file, group):
    """{path: array} of all series below a group."""
    found = {}
    file[group].visititems(lambda path, node: found.update({path: node[()]})
                           if is_series(node) else None)
    return found


def load(name):
    """A study of tests/model/studies as a dict."""
    with open(os.path.join(fulcrum.STUDIES, name + ".yaml"), encoding="utf-8") as file:
        return quantities.load_study(file.read())


# ------------------------------------------------------------------------------ sums of a sample

class Portfolio(WithFolder):
    """The portfolio by year is the sum of its programs, some things counted by their overlap."""

    def weights(self, file, study):
        """1 - (1 - coordination) overlap of each program, by sample."""
        paths = fulcrum.texts(file["parameters/path"]) if "parameters/path" in file else []
        weights = {}
        for program in study["programs"]:
            rows = []
            for i in range(len(file["sample"])):
                values = dict(zip(paths, map(float, file["parameters/value"][i]))) if paths else {}
                fixed = quantities.with_values(study, values)
                overlap = fixed["programs"][program].get("overlap", 0.0)
                coordination = fixed.get("portfolio", {}).get("coordination", 0.0)
                rows.append(1.0 - (1.0 - coordination) * overlap)
            weights[program] = numpy.array(rows)[:, None]
        return weights

    def check(self, name):
        """All accounts, sources and outcomes of one study."""
        study = load(name)
        with self.trace(os.path.join(fulcrum.STUDIES, name + ".yaml")) as file:
            weights, whole = self.weights(file, study), file["programs/portfolio"]
            for account in whole:
                if not is_series(whole[account]) or whole[account].ndim != 2:
                    continue
                weighted = account in ("benefit", "tax")
                parts = [file[f"programs/{p}/{account}"][()] * (weights[p] if weighted else 1.0)
                         for p in study["programs"]]
                self.near(whole[account][()], parts, f"{name} {account}")
            for members, places in (("match_by_source", ("match", "sources")),
                                    ("outcome_gross", ("outcomes",)), ("outcome_net", ("outcomes",))):
                self.check_members(file, study, weights, members, places)

    def test_leverage_of_a_year_is_money_moved_per_federal_dollar(self):
        """Undefined without federal money; of the portfolio that of the sums. Runs of one sample: means are values."""
        defined = 0
        for seed in range(1, 6):
            path = os.path.join(self.folder, f"one{seed}.h5")
            fulcrum.must("run", os.path.join(fulcrum.STUDIES, "instruments.yaml"), "-n", 1, "--seed", seed, "-q",
                         "-o", path)
            with h5py.File(path) as file:
                federal = file["federal_mean"][()]
                with numpy.errstate(divide="ignore", invalid="ignore"):
                    expected = (file["match_mean"][()] + file["own_revenue_mean"][()]) / federal
                expected[federal <= 0] = numpy.nan
                numpy.testing.assert_allclose(file["annual_leverage_mean"][()], expected, rtol=1e-14)
                defined += numpy.isfinite(expected).sum()
        self.assertGreater(defined, 100)

    def check_members(self, file, study, weights, dataset, places):
        """A breakdown by source or outcome; the portfolio has each key once, in order of sight."""
        sums, order = {}, []
        for program, node in study["programs"].items():
            keys = node
            for place in places:
                keys = keys.get(place) or {}
            for k, key in enumerate(name for name in keys if isinstance(keys[name], dict)):
                rows = file[f"programs/{program}/{dataset}"][:, k]
                weight = weights[program] if dataset == "outcome_net" else 1.0
                sums.setdefault(key, []).append(rows * weight)
                if key not in order:
                    order.append(key)
        for k, key in enumerate(order):
            self.near(file[f"programs/portfolio/{dataset}"][:, k], sums[key], f"{dataset} {key}")

    def near(self, whole, parts, words):
        """whole is the sum of parts, to rounding."""
        scale = sum(numpy.abs(part) for part in parts)
        wrong = numpy.abs(whole - sum(parts)) > 1e-13 * scale
        self.assertFalse(wrong.any(), words)

    def test_portfolio_adds_up_outcomes(self):
        self.check("outcomes")

    def test_portfolio_adds_up_instruments(self):
        self.check("instruments")

    def test_portfolio_adds_up_match(self):
        self.check("match")


# ------------------------------------------------------------------ common random numbers by name

class CommonNumbers(WithFolder):
    """What is not changed keeps its value, bit for bit, whatever else is in the study."""

    def same(self, one, other, groups, leave=()):
        """Datasets of groups of two traces are the same bits."""
        for group in groups:
            first, second = datasets(one, group), datasets(other, group)
            self.assertEqual(set(first), set(second), group)
            for path, values in first.items():
                if path.split("/")[-1] in leave:
                    continue
                self.assertEqual(values.tobytes(), second[path].tobytes(), f"{group}/{path}")

    def unchanged(self, base, changed, programs, leave=()):
        """The programs and the macro-economy are the same in both studies."""
        groups = ["macro"] + [f"programs/{program}" for program in programs]
        self.same(self.trace(base), self.trace(changed), groups, leave)

    def test_removing_a_program_changes_no_other(self):
        base = load("outcomes")
        changed = copy.deepcopy(base)
        del changed["programs"]["A"]
        self.unchanged(base, changed, ["B"])

    def test_adding_programs_before_and_after_changes_no_other(self):
        base = load("match")
        changed = copy.deepcopy(base)
        changed["programs"] = {"AAA": load("instruments")["programs"]["POST"],
                               **changed["programs"],
                               "ZZZ": load("instruments")["programs"]["COVER"]}
        self.unchanged(base, changed, base["programs"])

    def test_order_of_programs_does_not_matter(self):
        base = load("instruments")
        changed = copy.deepcopy(base)
        changed["programs"] = dict(reversed(list(changed["programs"].items())))
        self.unchanged(base, changed, base["programs"])

    def test_making_a_quantity_uncertain_changes_no_other_program(self):
        base = load("match")
        changed = copy.deepcopy(base)
        changed["programs"]["COMMON"]["cost"]["ratio"] = {"uniform": {"min": 1, "max": 2}}
        self.unchanged(base, changed, ["PARTNERS", "REVENUE_ALONE"])

    def test_a_dependence_changes_only_what_it_ties(self):
        base = load("dependence")
        changed = copy.deepcopy(base)
        changed["dependence"] = [{"pair": ["accounts/tax_rate", "macro/discount_rate"],
                                  "rank": 0.5}]
        one, other = self.trace(base), self.trace(changed)
        tied = {path for entry in base["dependence"] + changed["dependence"]
                for path in entry["pair"]}
        paths = fulcrum.texts(one["parameters/path"])
        self.assertEqual(paths, fulcrum.texts(other["parameters/path"]))
        for k, path in enumerate(paths):
            equal = numpy.array_equal(one["parameters/value"][:, k], other["parameters/value"][:, k])
            if path not in tied:
                self.assertTrue(equal, path)

    def test_an_outcome_more_changes_no_unit_and_no_other_outcome(self):
        base = load("outcomes")
        changed = copy.deepcopy(base)
        changed["programs"]["A"]["outcomes"]["patents"] = {
            "multiplier": {"uniform": {"min": 1, "max": 2}}, "driver": "spending",
            "volatility": 0.3}
        one, other = self.trace(base), self.trace(changed)
        more = ("outcome_gross", "outcome_net", "draw_outcome_z")
        self.same(one, other, ["macro", "programs/A", "programs/B"], leave=more)
        for name in more:
            old = one[f"programs/A/{name}"][()]
            new = other[f"programs/A/{name}"][:, :old.shape[1]]
            self.assertEqual(old.tobytes(), new.tobytes(), name)

    def test_a_cohort_more_leaves_the_shocks_of_the_others(self):
        base = load("cash")
        changed = copy.deepcopy(base)
        changed["programs"]["FRAIL"]["units"]["cohorts"].append({"start": 2030, "count": 5})
        one, other = self.trace(base), self.trace(changed)
        for name in ("draw_size_z", "draw_match_z", "draw_cost_z", "draw_revenue_z"):
            old = one[f"programs/FRAIL/units/{name}"][()]
            new = other[f"programs/FRAIL/units/{name}"][:, :old.shape[1]]
            self.assertEqual(old.tobytes(), new.tobytes(), name)

    def test_a_longer_horizon_begins_like_the_shorter(self):
        base = load("share")
        changed = copy.deepcopy(base)
        changed["horizon"]["years"] = 20
        one, other = self.trace(base), self.trace(changed)
        for program in base["programs"]:
            for account in ("budget", "federal", "match", "spending", "balance", "active"):
                old = one[f"programs/{program}/{account}"][()]
                new = other[f"programs/{program}/{account}"][:, :old.shape[1]]
                self.assertEqual(old.tobytes(), new.tobytes(), account)

    def test_a_sample_is_the_same_alone_and_among_others(self):
        study = os.path.join(fulcrum.STUDIES, "instruments.yaml")
        many = self.trace(study, (5, 400, 191, 0, 7))
        for place, number in enumerate((5, 400, 191, 0, 7)):
            alone = self.trace(study, (number,))
            for group in ("macro", "programs", "outputs", "parameters"):
                first, second = datasets(many, group), datasets(alone, group)
                for path, values in second.items():
                    self.assertEqual(first[path][place].tobytes(), values[0].tobytes(), path)

    def test_fewer_samples_are_the_first_of_more(self):
        study = os.path.join(fulcrum.STUDIES, "outcomes.yaml")
        few, more, found = self.result(study, 250), self.result(study, 900), 0
        for name in few.file:
            if not name.endswith("_minimum_sample"):
                continue
            metric = name[:-len("_minimum_sample")]
            early = more.file[name][()] < 250
            found += int(early.sum())
            for suffix in ("minimum", "minimum_sample"):
                numpy.testing.assert_array_equal(few.file[f"{metric}_{suffix}"][()][early],
                                                 more.file[f"{metric}_{suffix}"][()][early])
            lower = more.file[f"{metric}_minimum"][()] <= few.file[f"{metric}_minimum"][()]
            undefined = numpy.isnan(few.file[f"{metric}_minimum"][()])
            self.assertTrue((lower | undefined).all(), name)
        self.assertGreater(found, 100)

    def test_traces_of_extremes_have_the_extreme_values(self):
        study = os.path.join(fulcrum.STUDIES, "outcomes.yaml")
        result = self.result(study, 900, "--seed", "12")
        wanted = []
        for metric in ("leverage_ratio", "npv", "fiscal_return", "jobs_per_dollar"):
            for p in range(3):
                for end in ("minimum", "maximum"):
                    number = int(result.file[f"{metric}_{end}_sample"][p])
                    if number >= 0:
                        wanted.append((metric, p, number, result.file[f"{metric}_{end}"][p]))
        self.assertGreaterEqual(len(wanted), 20)
        trace = self.trace(study, [number for _, _, number, _ in wanted], "--seed", "12")
        for place, (metric, p, _, value) in enumerate(wanted):
            self.assertEqual(trace[f"outputs/{metric}"][place, p], value, metric)


# ------------------------------------------------------------------------------ numbers by hand

class ByHand(WithFolder):
    """A study whose every number can be worked out on paper."""

    # Two equal centers; prices double each year, so with no real interest D = 1, 1/2, 1/4.
    STUDY = study_of({"P": {
        "instrument": "grant",
        "budget": {"mode": "share", "plan": {2025: 100}, "growth": 0.1, "admin": 0.2},
        "units": {"cohorts": [{"start": 2020, "count": 2}]},
        "match": {"required": 1.0, "sources": {"state": {"ratio": 0.5, "cash_share": 1.0}}},
        "cost": {"ratio": 1.0, "minimum_service": 0.5},
        "outcomes": {"new_sales": {"multiplier": 3, "driver": "appropriation", "lag": 1,
                                   "value": 1}}}},
        years=3, macro={"inflation": {"mean": 0.69314718055994531}},
        accounts={"tax_rate": 0.25, "excess_burden": 0.5, "opportunity": 0.1})
    # Of N = 80, 88, 96.8 each center may draw half. Its scale is 40, 80, 160, partners give half of
    # that, and it draws what they match: 20, 40, 48.4. Cost is the scale: 40 = 20 + 20, 80 = 40 + 40,
    # and in the third year 48.4 + 80 leaves 31.6 short.
    BY_YEAR = {
        "budget": (100, 110, 121), "appropriation": (100, 110, 121), "administration": (20, 22, 24.2),
        "federal": (40, 80, 96.8), "lapsed": (40, 8, 0), "unallocated": (0, 0, 0),
        "match": (40, 80, 160), "committed_match": (40, 80, 160), "match_in_kind": (0, 0, 0),
        "spending": (80, 160, 256.8), "shortfall": (0, 0, 63.2), "balance": (0, 0, 0),
        "active": (2, 2, 2), "funded": (2, 2, 2), "self_sustaining": (0, 0, 0),
        "treasury_cost": (60, 102, 121),
        # L = (G + L before)/2 from L before = 100: 100, 105, 113.
        "outcome_gross/new_sales": (300, 315, 339), "outcome_net/new_sales": (300, 315, 339),
        "benefit": (300, 315, 339), "tax": (75, 78.75, 84.75),
        "social_cost": (94, 161, 197.5),
    }
    # Present values: match 40 + 40 + 40, federal 40 + 40 + 24.2, treasury 60 + 51 + 30.25, benefit
    # 300 + 157.5 + 84.75, social cost 94 + 80.5 + 49.375, tax a quarter of the benefit.
    HORIZON = {
        "leverage_ratio": 120 / 104.2, "cofinancing_ratio": 120 / 104.2,
        "net_leverage_ratio": 120 / 104.2, "multiplier_effect": 224.2 / 104.2,
        "commitment_ratio": 280 / 216.8, "new_sales_per_dollar": 954 / 331,
        "npv": 542.25 - 223.875, "benefit_cost_ratio": 542.25 / 223.875,
        "fiscal_return": 135.5625 / 141.25, "payback_year": 2025, "survival_share": 1,
        "self_sustaining_share": 0, "lapse_rate": 48 / 264.8, "shortfall_rate": 63.2 / 560,
        "lagging_federal_share": 0, "leverage_ratio_leading": 120 / 104.2,
    }

    def test_every_account_and_output(self):
        result = self.result(self.STUDY, 3)
        for program in ("P", "portfolio"):
            for name, values in self.BY_YEAR.items():
                got = result.get(f"{program}/{name}")
                numpy.testing.assert_allclose(got, values, rtol=1e-13, atol=1e-12, err_msg=name)
            for name, value in self.HORIZON.items():
                self.assertAlmostEqual(result.get(f"{program}/{name}"), value,
                                       delta=1e-13 * max(1, abs(value)), msg=name)
        self.assertTrue(math.isnan(result.get("P/leverage_ratio_lagging")))
        self.assertEqual(result.get("P/leverage_ratio_lagging", "undefined"), 3)

    def test_never_paid_back_is_counted(self):
        study = copy.deepcopy(self.STUDY)
        study["accounts"]["tax_rate"] = 0.01
        result = self.result(study, 400)
        self.assertEqual(result.get("P/payback_year", "infinite"), 400)
        self.assertEqual(result.get("P/payback_year", "defined"), 400)
        self.assertTrue(numpy.isinf(result.get("P/payback_year", "quantile")).all())
        self.assertTrue(math.isnan(result.get("P/payback_year")))


# ---------------------------------------------------------------------------- closed forms



class Distributions(WithFolder):
    """Outputs that are one quantity, so that their distribution is known."""

    NUMBER = 20000

    def check(self, result, output, law):
        """Moments within four standard errors, quantiles against their intervals."""
        mean, sd = law.mean(), law.std()
        error = result.get(output, "standard_error")
        self.assertAlmostEqual(error, sd / math.sqrt(self.NUMBER), delta=0.1 * error)
        self.assertLess(abs(result.get(output) - mean), 4 * error)
        self.assertLess(abs(result.get(output, "sd") - sd),
                        4 * result.get(output, "sd_standard_error"))
        skewness, kurtosis = law.stats(moments="sk")
        if abs(skewness) < 1:  # with heavy tails the error of these is as large as they are
            size = math.sqrt(self.NUMBER)
            self.assertLess(abs(result.get(output, "skewness") - skewness), 4 * 2.5 / size)
            self.assertLess(abs(result.get(output, "kurtosis") - kurtosis), 4 * 10 / size)
        self.check_quantiles(result, output, law)

    def check_quantiles(self, result, output, law):
        """Nearly all of the 95 % intervals hold the exact quantile, and none is far from it."""
        p = result.file["quantile"][()]
        value, low, high, bound = (result.get(output, suffix) for suffix in
                                   ("quantile", "quantile_low", "quantile_high", "quantile_bound"))
        exact = law.ppf(p)
        self.assertTrue(((low <= value) & (value <= high)).all())
        self.assertGreaterEqual(int(((low <= exact) & (exact <= high)).sum()), len(p) - 2)
        middle, half = (low + high) / 2, (high - low) / 2
        self.assertTrue((numpy.abs(exact - middle) <= 2.2 * half).all(), output)
        # The interval is that of order statistics, about 1.96 sqrt(p(1-p)/n)/density each way, and
        # its ends are rounded to cells of the sketch.
        expected = 1.96 * numpy.sqrt(p * (1 - p) / self.NUMBER) / law.pdf(exact)
        self.assertTrue((half < 1.35 * expected + 2 * bound).all(), output)
        self.assertTrue((half > 0.7 * expected).all(), output)

    def test_lognormal_multiplier(self):
        study = study_of({"P": grant(outcomes={"sales": {
            "multiplier": {"lognormal": {"median": 25, "p95": 36}}, "driver": "federal"}})})
        sigma = math.log(36 / 25) / stats.norm.ppf(0.95)
        law = stats.lognorm(sigma, scale=25)
        result = self.result(study, self.NUMBER)
        self.check(result, "P/sales_per_dollar", law)
        self.check(result, "P/outcome_net/sales/2025", law)

    def test_uniform_award(self):
        study = study_of({"P": grant(units={"cohorts": [{"start": 2025, "count": 3}],
                                            "award": [{"uniform": {"min": 1, "max": 3}}]})})
        self.check(self.result(study, self.NUMBER), "P/federal/2025", stats.uniform(3, 6))

    def test_triangular_and_pert_ratios(self):
        study = study_of({"P": grant(match={"sources": {
            "a": {"ratio": {"triangular": {"min": 0.2, "mode": 0.4, "max": 1.4}}},
            "b": {"ratio": {"pert": {"min": 0.2, "mode": 0.4, "max": 1.4}}}}})})
        result = self.result(study, self.NUMBER)
        self.check(result, "P/match_by_source/a/2025", stats.triang(1 / 6, loc=0.2, scale=1.2))
        self.check(result, "P/match_by_source/b/2025",
                   stats.beta(1 + 4 / 6, 1 + 20 / 6, loc=0.2, scale=1.2))

    def test_shocks_of_mean_one(self):
        study = study_of({"P": grant(
            match={"sources": {"a": {"ratio": 0.5, "volatility": 0.4}}},
            revenue={"persistence": 0.5, "streams": {"r": {"ratio": 0.3, "volatility": 0.3}}})},
            years=2)
        result = self.result(study, self.NUMBER)
        for year in (2025, 2026):
            self.check(result, f"P/match/{year}", stats.lognorm(0.4, scale=0.5 * math.exp(-0.08)))
            self.check(result, f"P/own_revenue/{year}",
                       stats.lognorm(0.3, scale=0.3 * math.exp(-0.045)))

    def test_budget_after_persistent_shocks(self):
        study = study_of({"P": {"instrument": "fund",
                                "budget": {"plan": {2025: 10}, "volatility": 0.2,
                                           "persistence": 0.7, "growth": 0.1},
                                "fund": {"ratio": 1, "hold": 1, "multiple": 1}}}, years=4,
                         macro={"fiscal_common": 0.4})
        result = self.result(study, self.NUMBER)
        variance = 0.04 * sum(0.7 ** (2 * k) for k in range(4))
        law = stats.lognorm(math.sqrt(variance), scale=10 * 1.1 ** 3 * math.exp(-variance / 2))
        self.check(result, "P/budget/2028", law)

    def test_probabilities_of_targets(self):
        study = study_of({"P": grant(outcomes={"sales": {
            "multiplier": {"normal": {"mean": 20, "sd": 3}}, "driver": "federal"}})})
        levels = (10.0, 17.0, 20.0, 26.0)
        study["targets"] = [{"output": "P/sales_per_dollar", "at_least": level} for level in levels]
        study["targets"] += [{"output": "P/sales_per_dollar", "at_most": level} for level in levels]
        study["targets"] += [{"output": "P/outcome_gross/sales", "fiscal_year": 2025,
                              "at_least": 20.0}]
        result = self.result(study, self.NUMBER)
        n = self.NUMBER
        for i in range(9):
            level = (levels * 2 + (20.0,))[i]
            exact = stats.norm.cdf(level, 20, 3)
            exact = exact if 4 <= i < 8 else 1 - exact
            p = result.target(i)
            self.assertLess(abs(p - exact), 4 * math.sqrt(exact * (1 - exact) / n) + 1e-12)
            z = stats.norm.ppf(0.975)
            center, root = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2)
            for suffix, sign in (("low", -1), ("high", 1)):
                wilson = (center + sign * root) / (1 + z * z / n)
                self.assertAlmostEqual(result.target(i, suffix), wilson, delta=1e-12)
            self.assertAlmostEqual(result.target(i, "standard_error"), math.sqrt(p * (1 - p) / n),
                                   delta=1e-15)
            self.assertEqual(result.target(i, "threshold"), level)

    def test_rank_correlation_of_a_copula(self):
        study = load("dependence")
        trace = self.trace(study, range(1000))
        paths = fulcrum.texts(trace["parameters/path"])
        values = trace["parameters/value"][()]
        for entry in study["dependence"]:
            one, other = (values[:, paths.index(path)] for path in entry["pair"])
            if any("lag" in path for path in entry["pair"]):
                continue  # three values: ties weaken the rank correlation
            rank = stats.spearmanr(one, other).statistic
            self.assertLess(abs(rank - entry["rank"]), 4 * (1 - entry["rank"] ** 2) / math.sqrt(1000))


class Chances(WithFolder):
    """Means of yes and no, known exactly."""

    NUMBER = 20000

    def near(self, result, output, exact):
        """The mean is within four standard errors."""
        self.assertLess(abs(result.get(output) - exact),
                        4 * result.get(output, "standard_error") + 1e-12, output)

    def test_termination_gates_delays_and_rescissions(self):
        study = study_of({"P": {
            "instrument": "grant",
            "budget": {"mode": "share", "plan": {2025: 100},
                       "termination": {"from_year": 2026, "hazard": 0.2}},
            "units": {"cohorts": [{"start": 2025, "count": 1}], "gates": [{"age": 2, "pass": 0.6}]},
            "cost": {"ratio": 1}},
            "Q": {"instrument": "fund", "fund": {"ratio": 1, "hold": 1, "multiple": 1},
                  "budget": {"plan": {2025: 100}, "delay": {"probability": 0.7, "share": 0.3},
                             "rescission": {"probability": 0.4, "share": 0.25}, "admin": 0.1}}},
            years=4)
        result = self.result(study, self.NUMBER)
        for t, exact in enumerate((1, 0.8, 0.64 * 0.6, 0.512 * 0.6)):
            self.near(result, f"P/funded/{2025 + t}", exact)
        # A year's delay takes 0.7 x 0.3 of its budget and gives the same share of the year before;
        # without an older unit nothing comes from before the base year.
        self.near(result, "Q/deferred/2025", 21)
        self.near(result, "Q/deferred/2026", 0)
        self.near(result, "Q/rescinded/2025", 79 * 0.1)
        self.near(result, "Q/administration/2026", 0.1 * 100 * 0.9)

    def test_recessions_as_a_markov_chain(self):
        study = study_of({"P": grant(match={"required": 1, "recession_waiver": 1.0,
                                            "sources": {"a": {"ratio": 0}}})},
                         years=5, macro={"recession": {"entry": 0.2, "exit": 0.7}})
        result = self.result(study, self.NUMBER)
        share = 0.0  # of recession years: only then is anything drawn
        for t in range(5):
            share = 0.3 * share + 0.2 * (1 - share)
            self.near(result, f"P/federal/{2025 + t}", share)

    def test_lagging_units_are_as_many_as_their_share(self):
        study = study_of({"P": grant(units={"cohorts": [{"start": 2025, "count": 7}],
                                            "award": [1.0], "lagging_share": 0.37})})
        result = self.result(study, self.NUMBER)
        self.near(result, "P/lagging_federal_share", 0.37)
        # 7 x 0.37 = 2.59: two or three of seven, never another number.
        for suffix, count in (("minimum", 2), ("maximum", 3)):
            self.assertAlmostEqual(result.get("P/lagging_federal_share", suffix), count / 7,
                                   delta=1e-14)

    def test_volatility_leaves_means(self):
        still = load("outcomes")
        for program in still["programs"].values():
            program["budget"].pop("termination", None)
            program["budget"].pop("rescission", None)
            for key in ("size_dispersion", "lagging_share"):
                program["units"].pop(key, None)
            program.pop("overlap")
        still["macro"]["activity"]["volatility"] = 0
        still["macro"]["recession"]["entry"] = 0
        still["macro"]["inflation"]["volatility"] = 0
        # Only shocks of mean one, on what is linear in them: budget, match, linear outcomes.
        still["programs"]["A"]["outcomes"] = {"sales": {"multiplier": 3, "driver": "appropriation",
                                                        "lag": 1}}
        still["programs"]["B"]["outcomes"] = {"sales": {"multiplier": 2, "driver": "federal"}}
        still["programs"]["A"]["budget"]["volatility"] = 0
        moved = copy.deepcopy(still)
        moved["programs"]["A"]["budget"]["volatility"] = 0.3
        moved["programs"]["A"]["match"]["sources"]["state"]["volatility"] = 0.4
        moved["programs"]["A"]["cost"]["volatility"] = 0.2
        for program in "AB":
            moved["programs"][program]["outcomes"]["sales"]["volatility"] = 0.5
        one, other = self.result(still, 10), self.result(moved, self.NUMBER)
        for output in ("budget", "federal", "match", "administration", "outcome_gross/sales",
                       "outcome_net/sales", "treasury_cost"):
            for program in ("A", "B", "portfolio"):
                for t in range(8):
                    name = f"{program}/{output}/{2025 + t}"
                    error = other.get(name, "standard_error")
                    self.assertLess(abs(other.get(name) - one.get(name)),
                                    4 * error + 1e-9, name)


if __name__ == "__main__":
    unittest.main()
