#!/usr/bin/env python3
"""Tests of the reference implementation: arithmetic by hand, laws, and a comparer that catches.

Run with: /usr/bin/python3 tests/reference/test_reference.py
"""

import copy
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy
import yaml
from scipy import special, stats

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import compare_trace  # noqa: E402
import draws  # noqa: E402
import fulcrum_reference as model  # noqa: E402
import quantities  # noqa: E402
import trace_layout as layout  # noqa: E402

SEED = 20251001


# (degrees of freedom, u, quantile): mpmath at 40 digits.
STUDENT_T = ((64.5, 1e-9, -6.9734767658049063335), (3.5, 1e-12, -3163.030683798014986),
             (2.0, 0.4999, -0.00028284271813144227832), (500.0, 0.97, 1.8850701399526834189))


class Still:
    """Draws at their medians, but for those given: {(name, index): value}."""

    def __init__(self, **given):
        self.given = given.get("given", {})

    def uniform(self, name, index=0):
        """A uniform of 1/2."""
        return self.given.get((name, index), 0.5)

    def normal(self, name, index=0):
        """A normal of 0."""
        return self.given.get((name, index), 0.0)


def one_grant(years=2, **changes):
    """A study of one grant program G with one unit, without volatility, and with changes."""
    program = {
        "instrument": "grant",
        "budget": {"mode": "share", "plan": {2025: 100}, "growth": 0.1, "admin": 0.2},
        "units": {"cohorts": [{"start": 2020, "count": 1}]},
        "match": {"required": 1.0,
                  "sources": {"state": {"ratio": 0.5, "stickiness": 0.0, "cash_share": 0.75}}},
        "revenue": {"streams": {"fees": {"ratio": 0.3, "counts_as_match": True}}},
        "cost": {"ratio": 2.0, "minimum_service": 0.5, "reserve_target": 0.1, "opening": 0.25,
                 "interest": 0.05},
    }
    program.update(changes)
    return {"fulcrum": 1, "horizon": {"base_year": 2025, "years": years},
            "macro": {"discount_rate": 0.25},
            "accounts": {"tax_rate": 0.1, "excess_burden": 0.2, "opportunity": 0.5},
            "programs": {"G": program}}


def award_grant(years=4, **changes):
    """One grant program G in award mode: two units of 10 a year, and money enough."""
    settings = {"budget": {"mode": "award", "plan": {2025: 30}},
                "units": {"cohorts": [{"start": 2025, "count": 2}], "award": [10]},
                "match": {"sources": {"state": {"ratio": 1.0}}},
                "revenue": {}, "cost": {"ratio": 1.0, "credit": 100.0}}
    settings.update(changes)
    return one_grant(years, **settings)


def simulate(study, given=None):
    """One sample at the medians, but for the draws given."""
    return model.simulate(study, {}, Still(given=given or {}))


def line(sample, name, unit=0, program="G"):
    """A unit's ledger line."""
    return sample.units[program][unit].ledger[name]


def account(sample, name, program="G"):
    """A program's account."""
    return sample.programs[program].accounts[name]


def output(sample, name, program="G"):
    """A horizon output."""
    return sample.outputs[program][name].value


class Case(unittest.TestCase):
    """Comparisons of series."""

    def close(self, got, expected, tolerance=1e-12):
        """Equal to a relative tolerance, entry by entry."""
        self.assertEqual(len(got), len(expected))
        for a, b in zip(got, expected):
            self.assertLessEqual(abs(a - b), tolerance * max(1.0, abs(b)), f"{got} {expected}")


class DrawsTest(Case):
    """DESIGN section 3."""

    def test_pcg64_gives_the_outputs_of_libpcg_cpp(self):
        # pcg64(42, 54) and pcg64(0x0123..., 0xf0e1...) of pcg_random.hpp, Debian libpcg-cpp-dev.
        self.assertEqual([f"{x:016x}" for x in draws.pcg64(42, 54).random_raw(3)],
                         ["86b1da1d72062b68", "1304aa46c9853d39", "a3670e9e0dd50358"])
        state, sequence = 0x0123456789ABCDEFFEDCBA9876543210, 0xF0E1D2C3B4A5968778695A4B3C2D1E0F
        self.assertEqual([f"{x:016x}" for x in draws.pcg64(state, sequence).random_raw(4)],
                         ["d30ed3d168a92cd0", "0996fbe9fb687e75", "c0517937310a60aa",
                          "efc672c103ac2956"])
        generator = draws.pcg64(state, sequence)
        generator.advance(64 * 1000003 + 7)
        self.assertEqual(f"{generator.random_raw():016x}", "ec1b1a4e40750859")

    def test_sample_i_index_t_is_output_64_i_plus_t(self):
        run = draws.raw(SEED, "macro/activity", 0, 64 * 3)
        self.assertEqual(list(run[64 * 2:]), list(draws.raw(SEED, "macro/activity", 2, 64)))
        self.assertEqual(list(run[64 + 5:64 + 8]), list(draws.raw(SEED, "macro/activity", 1, 3, 5)))

    def test_stepping_by_hand_gives_the_same_outputs(self):
        import hashlib
        digest = hashlib.sha256(b"7/programs/A/budget").digest()
        increment = (int.from_bytes(digest[16:], "big") << 1 | 1) % 2 ** 128
        state = 0
        outputs = []
        for step in range(6):  # srandom: step, add the initial state, step; then step and output
            state = (state * draws.MULTIPLIER + increment) % 2 ** 128
            if step == 0:
                state = (state + int.from_bytes(digest[:16], "big")) % 2 ** 128
            if step >= 2:
                word, turn = (state >> 64 ^ state) % 2 ** 64, state >> 122
                outputs.append((word >> turn | word << (64 - turn)) % 2 ** 64)
        self.assertEqual(outputs, [int(x) for x in draws.raw(7, "programs/A/budget", 0, 4)])

    def test_uniforms_are_inside_and_normals_are_their_quantiles(self):
        u = draws.uniforms(SEED, "a", 0, 20000)
        self.assertTrue(0 < u.min() and u.max() < 1)
        self.assertTrue(abs(u.mean() - 0.5) < 0.01)
        self.close(list(special.ndtr(draws.normals(SEED, "a", 0, 50))), list(u[:50]))
        self.assertEqual(draws.Draws(SEED, 0).uniform("a", 7), u[7])
        self.assertEqual(draws.Draws(SEED, 0).normal("a", 7), special.ndtri(u[7]))


class QuantitiesTest(Case):
    """Quantile functions, paths, the reading of YAML, and dependence."""

    FROZEN = (
        ("uniform", {"min": 2, "max": 5}, stats.uniform(2, 3)),
        ("loguniform", {"min": 0.1, "max": 10}, stats.loguniform(0.1, 10)),
        ("normal", {"mean": 3, "sd": 2}, stats.norm(3, 2)),
        ("truncated_normal", {"mean": 1, "sd": 2, "min": 0, "max": 4},
         stats.truncnorm(-0.5, 1.5, 1, 2)),
        ("truncated_normal", {"mean": 1, "sd": 2, "min": 0}, stats.truncnorm(-0.5, math.inf, 1, 2)),
        ("lognormal", {"mu": 0.5, "sigma": 0.4}, stats.lognorm(0.4, 0, math.exp(0.5))),
        ("triangular", {"min": 1, "mode": 2, "max": 5}, stats.triang(0.25, 1, 4)),
        ("pert", {"min": 1, "mode": 2, "max": 5}, stats.beta(2, 4, 1, 4)),
        ("pert", {"min": 1, "mode": 2, "max": 5, "shape": 8}, stats.beta(3, 7, 1, 4)),
        ("beta", {"a": 2, "b": 3}, stats.beta(2, 3)),
        ("beta", {"a": 2, "b": 3, "min": -1, "max": 3}, stats.beta(2, 3, -1, 4)),
        ("gamma", {"shape": 2.5, "scale": 3}, stats.gamma(2.5, 0, 3)),
        ("weibull", {"shape": 1.5, "scale": 2}, stats.weibull_min(1.5, 0, 2)),
        ("student_t", {"df": 3.5, "location": 1, "scale": 2}, stats.t(3.5, 1, 2)),
    )

    def test_the_distribution_function_undoes_every_quantile(self):
        for family, parameters, frozen in self.FROZEN:
            for u in (1e-6, 0.01, 0.3, 0.5, 0.77, 0.999):
                x = quantities.quantile(family, parameters, u)
                self.assertAlmostEqual(frozen.cdf(x) / u, 1.0, 9, (family, u))

    def test_student_t_keeps_its_digits_far_out(self):
        for df, u, t in STUDENT_T:
            got = quantities.quantile("student_t", {"df": df}, u)
            self.assertLess(abs(got / t - 1), 1e-12, (df, u))

    def test_lognormal_hits_median_and_p95_or_mean_and_sd(self):
        p = {"median": 24.6, "p95": 35.8}
        self.close([quantities.quantile("lognormal", p, u) for u in (0.5, 0.95)], [24.6, 35.8])
        mu, sigma = quantities.lognormal_parameters({"mean": 3.0, "sd": 1.5})
        frozen = stats.lognorm(sigma, 0, math.exp(mu))
        self.close([frozen.mean(), frozen.std()], [3.0, 1.5])

    def test_metalog_goes_through_its_three_points_and_keeps_its_bounds(self):
        points = {"p10": 2.0, "p50": 3.0, "p90": 7.0}
        for bounds in ({}, {"lower": 1.0}, {"upper": 9.0}, {"lower": 1.0, "upper": 9.0}):
            p = {**points, **bounds}
            got = [quantities.quantile("metalog", p, u) for u in (0.1, 0.5, 0.9)]
            self.close(got, [2.0, 3.0, 7.0])
            ends = [quantities.quantile("metalog", p, u) for u in (1e-9, 1 - 1e-9)]
            self.assertTrue(bounds.get("lower", -math.inf) <= ends[0] < ends[1]
                            <= bounds.get("upper", math.inf))

    def test_discrete_takes_value_j_from_cumulative_j_minus_1_on(self):
        p = {"values": [10, 20, 30], "weights": [1, 0, 3]}
        self.assertEqual([quantities.quantile("discrete", p, u) for u in (0.2499, 0.25, 0.9)],
                         [10, 30, 30])
        p = {"values": [3, 1, 2, 4]}
        self.assertEqual([quantities.quantile("empirical", p, u) for u in (0.1, 0.25, 0.51, 0.99)],
                         [1, 2, 3, 4])

    def test_remarks_beside_names_and_years_change_nothing(self):
        plain = simulate(one_grant(2))
        study = one_grant(2)
        program = study["programs"]["G"]
        program.update(name="Centers", name_zh="x", note="n", source="s")
        program["budget"]["plan"].update(source="a budget", unit="MUSD")
        program["match"]["sources"]["note"] = "judgement"
        study["macro"]["discount_rate"] = {"fixed": 0.25, "source": "s"}
        self.assertEqual(model.as_json(simulate(study).outputs), model.as_json(plain.outputs))

    def test_paths_join_keys_and_list_places(self):
        study = quantities.load_study("""
            programs:
              normal:  # a program may be called like a family
                budget: {plan: {2025: {uniform: {min: 1, max: 2}, source: a judgement}}}
                units: {gates: [{age: 2, pass: 0.9}, {age: 5, pass: {beta: {a: 8, b: 2}}}],
                        award: [1, {triangular: {min: 0, mode: 1, max: 2}, unit: MUSD}]}
                cost: {ratio: {fixed: 2.5, note: known}}
            dependence: [{pair: [a, b], rank: 0.5}]
        """)
        self.assertEqual(list(quantities.find_quantities(study)), [
            "programs/normal/budget/plan/2025", "programs/normal/units/award/1",
            "programs/normal/units/gates/1/pass"])
        values = dict.fromkeys(quantities.find_quantities(study), 0.25)
        fixed = quantities.with_values(study, values)["programs"]["normal"]
        self.assertEqual(fixed["units"]["award"], [1, 0.25])
        self.assertEqual(fixed["units"]["gates"][1], {"age": 5, "pass": 0.25})
        self.assertEqual(fixed["cost"], {"ratio": 2.5})

    def test_yaml_numbers_and_names_are_those_of_yaml_1_2(self):
        study = quantities.load_study("{a: 1e-9, b: 010, c: no, 2025: true, on: .5, d: null, e: x}")
        self.assertEqual(study, {"a": 1e-9, "b": 10, "c": "no", "2025": True, "on": 0.5, "d": None,
                                 "e": "x"})
        self.assertRaises(ValueError, quantities.load_study, "{a: 1, a: 2}")

    def test_dependence_is_a_gaussian_copula_of_quantities_sorted_by_path(self):
        quantity = {"normal": {"mean": 0, "sd": 1}}
        study = {"b": quantity, "a": quantity, "c": quantity,
                 "dependence": [{"pair": ["b", "a"], "rank": 0.5}]}
        rho = 2 * math.sin(math.pi * 0.5 / 6)
        z = {name: float(draws.normals(SEED, name, 4)[0]) for name in "abc"}
        values = quantities.sample_values(study, SEED, 4)
        self.close([values[name] for name in "abc"],
                   [z["a"], rho * z["a"] + math.sqrt(1 - rho ** 2) * z["b"], z["c"]])


class HandTest(Case):
    """Sections 2-9 worked by hand."""

    def test_one_share_mode_center_over_two_years(self):
        outcome = {"multiplier": 10.0, "driver": "appropriation", "lag": 1.0, "additionality": 0.5,
                   "displacement": 0.2, "value": 0.4}
        sample = simulate(one_grant(outcomes={"new_sales": outcome}))
        # N = 0.8 * (100, 110); one unit has it all. N_ref = 80 = S (prices stand still).
        self.close(line(sample, "entitlement"), [80, 88])
        self.close(line(sample, "scale"), [80, 80])
        # The state does not stick: 0.5 e. Fees 0.3 S count. m = 1: F = min(e, match + fees).
        self.close(line(sample, "match"), [40, 44])
        self.close(line(sample, "own_revenue"), [24, 24])
        self.close(line(sample, "federal"), [64, 68])
        self.close(account(sample, "lapsed"), [16, 20])
        # C = 160; in kind a quarter of match; W = C - I; opening 0.25 C = 40 bears 5 % interest.
        self.close(line(sample, "in_kind_used"), [10, 11])
        self.close(line(sample, "cash_need"), [150, 149])
        self.close(line(sample, "interest"), [2, 0.5])
        # V = 40+2+64+30+24 = 160, X = max(75, 150, 160-16) = 150; then
        # V = 10+0.5+68+33+24 = 135.5, X = max(74.5, 135.5, 119.5) = 135.5.
        self.close(line(sample, "spending"), [150, 135.5])
        self.close(line(sample, "balance"), [10, 0])
        self.close(line(sample, "shortfall"), [0, 13.5])
        self.close(line(sample, "service_level"), [1, 146.5 / 160])
        # L = (100, 105): an older unit has a history of G_0. Net is 0.5 * 0.8 of gross.
        totals = sample.programs["G"]
        self.close(totals.gross["new_sales"], [1000, 1050])
        self.close(totals.net["new_sales"], [400, 420])
        self.close(account(sample, "benefit"), [160, 168])
        self.close(account(sample, "treasury_cost"), [84, 90])
        self.close(account(sample, "social_cost"), [1.2 * 84 + 20, 1.2 * 90 + 22])
        # D = 1, 0.8.
        self.close([output(sample, name) for name in
                    ("leverage_ratio", "cofinancing_ratio", "commitment_ratio",
                     "new_sales_per_dollar", "npv", "benefit_cost_ratio", "fiscal_return",
                     "lapse_rate", "shortfall_rate", "survival_share", "multiplier_effect")],
                   [1.0, 75.2 / 118.4, 84 / 132, 2050 / 210, 39.2 + 0.8 * 38,
                    (160 + 0.8 * 168) / (120.8 + 0.8 * 130), (16 + 0.8 * 16.8) / (84 + 0.8 * 90),
                    36 / 168, 13.5 / 299, 1.0, 1 + 75.2 / 118.4])
        self.assertEqual(output(sample, "payback_year"), math.inf)

    def test_macro_series(self):
        study = one_grant(3)
        study["macro"] = {"recession": {"entry": 0.4, "exit": 0.7, "depth": 0.03},
                          "activity": {"persistence": 0.5, "volatility": 0.01},
                          "inflation": {"mean": 0.02, "persistence": 0.6, "volatility": 0.01},
                          "discount_rate": 0.05}
        macro = simulate(study, {("macro/recession", 0): 0.39, ("macro/recession", 1): 0.29,
                                 ("macro/activity", 0): 1.0, ("macro/inflation", 1): 2.0}).macro
        self.assertEqual(macro["recession"], [1, 1, 0])  # 0.39 < entry, 0.29 < 1 - exit, 0.5 not
        self.close(macro["activity"], [0.01 - 0.03, -0.01 - 0.03, -0.02])
        self.close(macro["inflation"], [0.02, 0.04, 0.032])
        price = [1.0, math.exp(0.04), math.exp(0.072)]
        self.close(macro["price_index"], price)
        self.close(macro["discount_factor"], [1 / (1.05 ** t * price[t]) for t in range(3)])

    def test_sources_take_ramp_cycle_shock_conversion_and_lagging_multiplier(self):
        source = {"ratio": 2.0, "ramp": {"half_age": 5.0, "width": 2.0}, "volatility": 0.3,
                  "cyclicality": 1.5, "stickiness": 0.6, "conversion": 0.8, "cash_share": 0.25,
                  "lagging_multiplier": 0.5}
        study = one_grant(1, match={"common_share": 0.36, "sources": {"s": source}},
                          units={"cohorts": [{"start": 2018, "count": 1}], "lagging_share": 1.0},
                          taper={"shape": "constant"}, budget={"mode": "award", "plan": {2025: 5}},
                          )
        study["programs"]["G"]["units"]["award"] = [10]
        study["macro"]["activity"] = {"volatility": 0.1}
        sample = simulate(study, {("programs/G/source/s", 0): 1.0, ("macro/activity", 0): -1.0,
                                  ("programs/G/unit/2018.0/match", 0): 0.5})
        # S = 10, but e = N = 5; g(7) = logistic(1); z = 0.6 * 1 + 0.8 * 0.5 = 1.
        committed = (2.0 / (1 + math.exp(-1)) * 0.5 * (0.6 * 10 + 0.4 * 5) * math.exp(-0.15)
                     * math.exp(0.3 - 0.045))
        self.close(line(sample, "committed_match"), [committed])
        self.close(line(sample, "match"), [0.8 * committed])
        self.close(line(sample, "match_cash"), [0.2 * committed])
        self.close(account(sample, "match_in_kind"), [0.6 * committed])
        self.close(sample.programs["G"].by_source[0], [0.8 * committed])

    def test_revenue_shock_starts_with_the_unit_and_persists(self):
        study = award_grant(3, units={"cohorts": [{"start": 2026, "count": 1}], "award": [10]},
                            revenue={"persistence": 0.6, "streams": {
                                "a": {"ratio": 1.0, "volatility": 0.2},
                                "b": {"ratio": 2.0, "volatility": 0.1}}})
        sample = simulate(study, {("programs/G/unit/2026.0/revenue", t): z
                                  for t, z in enumerate([9.0, 1.0, -1.0])})
        xi = 0.6 - 0.8
        self.close(line(sample, "own_revenue"),
                   [0, 10 * math.exp(0.2 - 0.02) + 20 * math.exp(0.1 - 0.005),
                    10 * math.exp(0.2 * xi - 0.02) + 20 * math.exp(0.1 * xi - 0.005)])

    def test_outcomes_scale_with_size_cycle_shock_and_jobs_are_real(self):
        outcomes = {"jobs": {"multiplier": 3.0, "driver": "spending", "returns_to_scale": 0.5,
                             "cyclicality": 2.0, "volatility": 0.2, "value": 0.1, "history": 0.0},
                    "sales": {"multiplier": 2.0, "driver": "federal", "additionality": -0.3}}
        study = award_grant(2, outcomes=outcomes)
        study["macro"] = {"inflation": {"mean": 0.1}, "activity": {"volatility": 0.05}}
        sample = simulate(study, {("programs/G/outcome/jobs", 1): 1.0, ("macro/activity", 1): 1.0})
        # Award mode without indexing: e = 10; S follows prices. Without a reserve to fill, each
        # of the two units spends all it has: e and a match of S.
        price = math.exp(0.1)
        self.close(line(sample, "scale"), [10, 10 * price])
        G_ref = 1.0 * 30.0
        spending = [40, 20 + 20 * price]
        self.close(account(sample, "spending"), spending)
        gross = [3 * spending[0] * (spending[0] / G_ref) ** -0.5 * math.exp(-0.02),
                 3 * spending[1] * (spending[1] / (price * G_ref)) ** -0.5
                 * math.exp(0.1) * math.exp(0.2 - 0.02) / price]
        self.close(sample.programs["G"].gross["jobs"], gross)
        self.close(sample.programs["G"].gross["sales"], [40, 40])
        self.close(sample.programs["G"].net["sales"], [-12, -12])
        self.close(account(sample, "benefit"), [0.1 * gross[0], 0.1 * gross[1] * price])


class BudgetTest(Case):
    """Section 2."""

    def test_plan_holds_between_entries_and_grows_after_the_last(self):
        plan = model.by_fiscal_year({"2026": 10.0, "source": "a budget", "2028": 20.0})
        self.close([model.planned(plan, 0.5, year) for year in range(2025, 2031)],
                   [0, 10, 10, 20, 30, 45])

    def test_shock_has_mean_one_and_shares_the_fiscal_common_part(self):
        study = one_grant(2, budget={"mode": "share", "plan": {2025: 100}, "volatility": 0.2,
                                     "persistence": 0.5})
        study["macro"]["fiscal_common"] = 0.64
        sample = simulate(study, {("macro/fiscal", 0): 1.0, ("programs/G/budget", 0): 2.0})
        x = 0.2 * (0.8 * 1.0 + 0.6 * 2.0)
        self.close(account(sample, "budget"),
                   [100 * math.exp(x - 0.02), 100 * math.exp(0.5 * x - 0.025)])

    def test_delay_moves_money_to_the_next_year(self):
        settings = {"mode": "share", "plan": {2025: 100}, "delay": {"probability": 1, "share": 0.1}}
        sample = simulate(one_grant(2, budget=settings))
        self.close(account(sample, "appropriation"), [100, 100])  # an older unit: plan_0 carried
        sample = simulate(one_grant(2, budget=settings, units={"cohorts": [{"start": 2025,
                                                                          "count": 1}]}))
        self.close(account(sample, "appropriation"), [90, 100])
        self.close(account(sample, "deferred"), [10, 0])
        settings["delay"]["probability"] = 0.6
        sample = simulate(one_grant(2, budget=settings), {("programs/G/delay", 1): 0.7})
        self.close(account(sample, "appropriation"), [90 + 0.6 * 10, 110])

    def test_termination_takes_all_that_is_enacted_and_stays(self):
        settings = {"mode": "share", "plan": {2025: 100}, "admin": 0.2,
                    "termination": {"from_year": 2026, "hazard": 0.4}}
        sample = simulate(one_grant(4, budget=settings),
                          {("programs/G/termination", t): u for t, u in enumerate([0, .4, .3, .9])})
        self.close(account(sample, "appropriation"), [100, 100, 0, 0])
        self.close(account(sample, "terminated"), [0, 0, 100, 100])
        self.close(account(sample, "funded"), [1, 1, 0, 0])
        settings["termination"] = {"hazard": {2026: 0.2, 2028: 0.6}}
        sample = simulate(one_grant(4, budget=settings))
        self.close(account(sample, "terminated"), [0, 0, 0, 100])

    def test_termination_ends_entitlement_where_there_is_no_plan(self):
        settings = {"mode": "award", "admin": 0.2, "volatility": 0.3,
                    "delay": {"probability": 1, "share": 0.5},
                    "termination": {"hazard": {2026: 1.0}}}
        sample = simulate(award_grant(3, budget=settings))
        self.close(account(sample, "federal"), [20, 0, 0])
        self.close(account(sample, "budget"), [25, 0, 0])  # N/(1 - admin)
        self.close(account(sample, "administration"), [5, 0, 0])
        self.close(account(sample, "terminated"), [0, 0, 0])

    def test_rescission_comes_before_administration(self):
        sample = simulate(one_grant(1, budget={"mode": "share", "plan": {2025: 100}, "admin": 0.2,
                                               "rescission": {"probability": 0.6, "share": 0.1}}))
        self.close(account(sample, "rescinded"), [10])
        self.close(account(sample, "administration"), [18])
        self.close(line(sample, "entitlement"), [72])


class UnitsTest(Case):
    """Section 3."""

    def test_award_mode_leaves_money_over_or_scales_entitlements_down(self):
        sample = simulate(award_grant(2, budget={"mode": "award", "plan": {2025: 30, 2026: 10}}))
        self.close(line(sample, "entitlement"), [10, 5])
        self.close(line(sample, "scale"), [10, 10])
        self.close(account(sample, "unallocated"), [10, 0])

    def test_share_mode_splits_by_size_and_taper(self):
        study = one_grant(1, units={"cohorts": [{"start": 2020, "count": 1},
                                                {"start": 2024, "count": 1}],
                                    "size_dispersion": 0.5},
                          taper={"shape": "linear", "start": 3, "length": 4, "floor": 0.0})
        sample = simulate(study, {("programs/G/unit/2020.0/size", 0): 1.0})
        omega = [math.exp(0.5 - 0.125), math.exp(-0.125)]
        weights = [omega[0] * 0.5, omega[1]]
        for unit in (0, 1):
            self.close(line(sample, "entitlement", unit), [80 * weights[unit] / sum(weights)])
            self.close(line(sample, "scale", unit), [80 * omega[unit] / sum(omega)])

    def test_share_mode_without_a_funded_unit_allocates_nothing(self):
        sample = simulate(one_grant(1, taper={"shape": "step", "start": 3, "floor": 0.0}))
        self.close(account(sample, "unallocated"), [80])
        self.close(account(sample, "federal"), [0])

    def test_indexed_awards_follow_prices_others_only_in_scale(self):
        for indexed in (True, False):
            study = award_grant(3, units={"cohorts": [{"start": 2026, "count": 1}],
                                          "award": [10, 8], "indexed": indexed})
            study["macro"] = {"inflation": {"mean": 0.1}}
            sample = simulate(study)
            index = [math.exp(0.1 * t) for t in range(3)]
            entitled = [0, 10 * index[1], 8 * index[2]] if indexed else [0, 10, 8]
            first = index[1] if indexed else 1.0
            self.close(line(sample, "entitlement"), entitled)
            self.close(line(sample, "scale"), [0, 10 * first, 8 * first * math.exp(0.1)])

    def test_taper_shapes(self):
        ages = (0, 2, 3, 4, 9)
        shapes = {
            "constant": ({}, [1, 1, 1, 1, 1]),
            "linear": ({"start": 2, "length": 4, "floor": 0.2}, [1, 1, 0.8, 0.6, 0.2]),
            "geometric": ({"start": 2, "length": 2, "floor": 0.25}, [1, 1, 0.5, 0.25, 0.25]),
            "step": ({"start": 3, "floor": 0.3}, [1, 1, 0.3, 0.3, 0.3]),
            "schedule": ({"schedule": [1, 0.9, 0.5, 0.1]}, [1, 0.5, 0.1, 0.1, 0.1]),
        }
        for shape, (settings, expected) in shapes.items():
            self.close([model.taper({"shape": shape, **settings}, age) for age in ages], expected)
        self.assertEqual(model.taper({}, 3), 1.0)
        self.assertRaises(model.StudyError, model.taper, {"shape": "linear"}, 3)

    def test_gates_are_met_once_and_earlier_ones_are_passed(self):
        study = award_grant(4, units={"cohorts": [{"start": 2023, "count": 1},
                                                  {"start": 2026, "count": 1}], "award": [10],
                                      "gates": [{"age": 1, "pass": 0.5}, {"age": 2, "pass": 0.5}]})
        # The older unit is 2 at t = 0: gate 0 is behind it, gate 1 is met at once.
        sample = simulate(study, {("programs/G/unit/2023.0/gate", 0): 0.9,
                                  ("programs/G/unit/2023.0/gate", 1): 0.4})
        self.assertEqual(line(sample, "funded", 0), [1, 1, 1, 1])
        self.assertEqual(line(sample, "funded", 1), [0, 1, 0, 0])  # 0.5 is not below 0.5
        sample = simulate(study, {("programs/G/unit/2023.0/gate", 1): 0.6,
                                  ("programs/G/unit/2026.0/gate", 0): 0.1})
        self.assertEqual(line(sample, "funded", 0), [0, 0, 0, 0])
        self.assertEqual(line(sample, "funded", 1), [0, 1, 1, 0])
        self.assertEqual(line(sample, "active", 0), [1, 1, 1, 1])

    def test_lagging_units_are_spread_over_the_numbering(self):
        study = award_grant(1, units={"cohorts": [{"start": 2025, "count": 3},
                                                  {"start": 2040, "count": 2}], "award": [1],
                                      "lagging_share": 0.4})
        sample = simulate(study)
        # floor((n+1) 0.4 + 0.5): 0 1 1 2 2 against floor(n 0.4 + 0.5): 0 0 1 1 2.
        self.assertEqual([unit.lagging for unit in sample.units["G"]],
                         [False, True, False, True, False])
        self.assertEqual(output(sample, "lagging_federal_share"), 1 / 3)

    def test_units_that_start_after_the_horizon_stay_empty(self):
        sample = simulate(award_grant(2, units={"cohorts": [{"start": 2025, "count": 1},
                                                            {"start": 2027, "count": 1}],
                                                "award": [10]}))
        self.assertEqual(line(sample, "age", 1), [-2, -1])
        self.assertEqual(line(sample, "scale", 1), [0, 0])
        self.assertEqual(output(sample, "survival_share"), 1.0)
        self.assertEqual(sample.programs["G"].started, 1)


class ReferenceYearTest(Case):
    """r and N_ref of section 3, G_ref of section 8."""

    OUTCOME = {"sales": {"multiplier": 1.0, "driver": "federal", "returns_to_scale": 0.5}}

    def test_a_first_entry_of_zero_is_a_plan_in_force(self):
        study = one_grant(3, budget={"mode": "share", "plan": {2025: 0, 2027: 50}}, revenue={},
                          match={}, outcomes=self.OUTCOME)
        sample = simulate(study)
        self.close(line(sample, "scale"), [0, 0, 0])        # N_ref = 0
        self.close(sample.programs["G"].gross["sales"], [0, 0, 50])  # the factor is 1
        self.close(line(sample, "service_level"), [1, 1, 1])

    def test_cohorts_that_start_late_set_the_reference_year(self):
        study = one_grant(4, units={"cohorts": [{"start": 2027, "count": 2}]}, match={},
                          revenue={}, outcomes=self.OUTCOME)
        study["macro"] = {"inflation": {"mean": 0.1}}
        sample = simulate(study)
        n_ref = 0.8 * 121
        self.close(account(sample, "unallocated"), [80, 88, 0, 0])
        self.close(line(sample, "scale"), [0, 0, n_ref / 2, n_ref / 2 * math.exp(0.1)])
        L = 0.8 * 121
        self.close(sample.programs["G"].gross["sales"],
                   [0, 0, L * math.exp(0.1), 1.1 * L * (1.1 / math.exp(0.3)) ** -0.5])

    def test_a_plan_that_starts_late_sets_it_for_older_units(self):
        study = one_grant(3, budget={"mode": "share", "plan": {2026: 100}}, match={}, revenue={},
                          cost={"ratio": 1.0, "credit": 10.0, "minimum_service": 0.1})
        study["macro"] = {"inflation": {"mean": 0.1}}
        sample = simulate(study)
        self.close(line(sample, "scale"), [100 * math.exp(-0.1), 100, 100 * math.exp(0.1)])
        self.close(line(sample, "entitlement"), [0, 100, 100])

    def test_without_a_plan_awards_of_the_first_units_count(self):
        study = award_grant(3, budget={"mode": "award", "admin": 0.5}, outcomes=self.OUTCOME,
                            units={"cohorts": [{"start": 2026, "count": 2}], "award": [10, 4]})
        sample = simulate(study)
        self.close(account(sample, "budget"), [0, 40, 16])
        self.close(sample.programs["G"].gross["sales"], [0, 20, 8 * (8 / 20) ** -0.5])

    def test_no_units_in_the_horizon_leave_nothing_to_refer_to(self):
        sample = simulate(one_grant(2, units={"cohorts": [{"start": 2030, "count": 2}]},
                                    outcomes=self.OUTCOME))
        self.close(account(sample, "unallocated"), [80, 88])
        for name in ("leverage_ratio", "survival_share", "lapse_rate", "sales_per_dollar"):
            self.assertTrue(math.isnan(output(sample, name)), name)
        # Administration is paid, no tax comes in.
        self.assertEqual(output(sample, "payback_year"), math.inf)


class MatchTest(Case):
    """Section 4."""

    def test_what_partners_do_not_match_lapses(self):
        sample = simulate(one_grant(1, revenue={}, match={
            "required": [2.0], "sources": {"a": {"ratio": 0.5}, "b": {"ratio": 0.3}}}))
        self.close(line(sample, "federal"), [0.8 * 80 / 2])
        self.close(account(sample, "lapsed"), [80 - 32])

    def test_partners_make_up_part_of_what_is_missing(self):
        study = one_grant(1, match={"required": 1.0, "response": 0.25, "sources": {
            "a": {"ratio": 0.3}, "b": {"ratio": 0.3, "conversion": 0.5}}})
        sample = simulate(study)
        # Q° = 24 + 12 + 24 = 60 against 80: a quarter of 20 is made up by match of 36.
        factor = 1 + 0.25 * 20 / 36
        self.close(line(sample, "match"), [36 * factor])
        self.close(line(sample, "committed_match"), [48 * factor])
        self.close(line(sample, "federal"), [65])

    def test_a_recession_waives_part_of_the_requirement(self):
        study = one_grant(1, revenue={}, match={"required": 1.0, "recession_waiver": 0.5,
                                                "sources": {"a": {"ratio": 0.4}}})
        study["macro"]["recession"] = {"entry": 1.0, "exit": 0.0}
        self.close(line(simulate(study), "federal"), [64])
        study["programs"]["G"]["match"]["recession_waiver"] = 1.0
        self.close(line(simulate(study), "federal"), [80])

    def test_a_requirement_follows_the_schedule_by_age(self):
        study = award_grant(3, match={"required": [0, 1, 2], "sources": {"a": {"ratio": 0.5}}})
        self.close(line(simulate(study), "federal"), [10, 5, 2.5])

    def test_a_requirement_that_nothing_can_meet_is_an_error(self):
        self.assertRaises(model.StudyError, simulate,
                          one_grant(1, match={"required": 1.0}, revenue={}))


class SurvivalTest(Case):
    """Section 6."""

    def test_a_unit_beyond_its_credit_closes_and_is_written_off(self):
        study = award_grant(3, match={}, cost={"ratio": 4.0, "minimum_service": 0.5,
                                               "credit": 0.2})
        sample = simulate(study)
        # C = 40, V = 10, X = 20: a deficit of 10 against a credit of 8.
        self.close(line(sample, "spending"), [20, 0, 0])
        self.close(line(sample, "written_off"), [10, 0, 0])
        self.close(line(sample, "balance"), [0, 0, 0])
        self.assertEqual(line(sample, "active"), [1, 0, 0])
        self.assertEqual(line(sample, "age"), [0, 1, 2])
        self.assertEqual(output(sample, "survival_share"), 0.0)
        self.close(account(sample, "unallocated"), [10, 30, 30])

    def test_a_deficit_at_the_limit_of_credit_is_borne(self):
        study = award_grant(2, match={}, cost={"ratio": 4.0, "minimum_service": 0.5,
                                               "credit": 0.25, "interest": 0.1})
        sample = simulate(study)
        self.close(line(sample, "balance"), [-10, 0])  # then -10 + 10 - 20 = -20 closes it
        self.close(line(sample, "written_off"), [0, 20])
        self.close(line(sample, "interest"), [0, 0])   # only reserves bear interest
        self.assertEqual(output(sample, "survival_share"), 0.0)

    def test_in_kind_counts_up_to_its_cap(self):
        study = award_grant(1, match={"sources": {"a": {"ratio": 2.0, "cash_share": 0.25}}},
                            cost={"ratio": 2.0, "in_kind_cap": 0.4})
        sample = simulate(study)
        self.close(line(sample, "in_kind_used"), [8])   # of 15, C = 20
        self.close(line(sample, "cash_need"), [12])
        self.close(line(sample, "spending"), [15])      # V = 10 + 5, no reserve wanted
        self.close(account(sample, "spending"), [46])   # X + I of both units
        self.close(line(sample, "service_level"), [1])

    def test_size_adapts_to_what_a_unit_can_live_on(self):
        study = award_grant(3, match={}, cost={"ratio": 2.0, "adapt": 0.5, "credit": 9.0})
        sample = simulate(study)
        self.close(line(sample, "size"), [1, 0.75, 0.625])  # income 10 of C° = 20
        self.close(line(sample, "full_cost"), [20, 15, 12.5])

    def test_self_sustaining_is_hardly_federal_and_pays_its_year(self):
        study = award_grant(3, taper={"shape": "schedule", "schedule": [1.0, 0.05, 0.05]},
                            revenue={"streams": {"fees": {"ratio": 0.5,
                                                          "ramp": {"half_age": 1.5,
                                                                   "width": 1e-6}}}},
                            match={"sources": {"a": {"ratio": 0.5}}})
        sample = simulate(study)
        self.assertEqual(line(sample, "self_sustaining"), [0, 0, 1])
        self.assertEqual(output(sample, "self_sustaining_share"), 1.0)


class AccountsTest(Case):
    """Section 9 and the portfolio."""

    def test_payback_year_never_and_undefined(self):
        outcome = {"sales": {"multiplier": 1.0, "driver": "federal", "lag": 0.0, "value": 1.0}}
        study = award_grant(3, budget={"mode": "award", "plan": {2025: 20, 2026: 0}},
                            outcomes=outcome)
        study["macro"] = {}
        study["accounts"] = {"tax_rate": 1.0}
        self.assertEqual(output(simulate(study), "payback_year"), 2025)
        study["accounts"] = {"tax_rate": 0.7}
        self.assertEqual(output(simulate(study), "payback_year"), math.inf)
        study["programs"]["G"]["outcomes"]["sales"]["lag"] = 1.0  # 10 + 5 + 2.5 of 20
        study["accounts"] = {"tax_rate": 1.5}                    # 15, 22.5
        self.assertEqual(output(simulate(study), "payback_year"), 2026)
        study["programs"]["G"]["budget"]["plan"] = {2025: 0}
        self.assertTrue(math.isnan(output(simulate(study), "payback_year")))

    def test_ratios_by_region(self):
        study = award_grant(1, units={"cohorts": [{"start": 2025, "count": 2}], "award": [10],
                                      "lagging_share": 0.5},
                            match={"sources": {"a": {"ratio": 2.0, "lagging_multiplier": 0.5,
                                                     "additionality": -0.25}}},
                            outcomes={"sales": {"multiplier": 1.0, "driver": "federal",
                                                "additionality": 0.4, "lagging_multiplier": 3.0}})
        sample = simulate(study)
        self.close([output(sample, name) for name in
                    ("leverage_ratio", "leverage_ratio_lagging", "leverage_ratio_leading",
                     "lagging_federal_share", "net_leverage_ratio")], [1.5, 1, 2, 0.5, -0.375])
        self.close(sample.programs["G"].net["sales"], [20 * (0.5 * 0.4 + 0.5 * 1.0)])

    def test_portfolio_adds_up_and_discounts_overlap(self):
        study = award_grant(1, outcomes={"sales": {"multiplier": 2.0, "driver": "federal",
                                                   "value": 1.0}})
        study["programs"]["H"] = copy.deepcopy(study["programs"]["G"])
        study["programs"]["H"]["overlap"] = 0.5
        study["programs"]["H"]["outcomes"] = {"investment": {"multiplier": 3.0, "driver": "federal",
                                                             "value": 0.5}}
        study["portfolio"] = {"coordination": 0.4}
        sample = simulate(study)
        # Net 40 counts whole; net 60 counts 1 - 0.6 * 0.5 = 0.7 of itself.
        benefit, social = 40 + 0.7 * 30, 2 * (1.2 * 20 + 0.5 * 20)
        self.close([output(sample, name, "portfolio") for name in
                    ("npv", "benefit_cost_ratio", "sales_per_dollar", "investment_per_dollar",
                     "leverage_ratio", "multiplier_effect", "fiscal_return")],
                   [benefit - social, benefit / social, 2.0, 3.0, 1.0,
                    (40 + 40 + 60) / 40, 0.1 * benefit / 40])
        self.assertNotIn("investment_per_dollar", sample.outputs["G"])


class InstrumentsTest(Case):
    """Section 7."""

    def test_reimbursement_pays_on_last_years_spending(self):
        study = award_grant(3, instrument="reimbursement",
                            units={"cohorts": [{"start": 2020, "count": 1},
                                               {"start": 2025, "count": 1}], "award": [10]},
                            match={"required": 5.0, "sources": {"a": {"ratio": 3.0}}},
                            cost={"ratio": 4.0, "credit": 9.0},
                            reimbursement={"rate": 0.2, "lag": 1, "pass": 0.9})
        sample = simulate(study, {("programs/G/unit/2020.0/verify", 2): 0.95})
        # An established unit is taken to have spent 40; V = 38, then V = 37.6.
        self.close(line(sample, "federal", 0), [8, 0.2 * 38, 0])
        self.close(line(sample, "federal", 1), [0, 6, 0.2 * 36])
        self.close(account(sample, "lapsed"), [12, 6.4, 12.8])
        study["programs"]["G"]["reimbursement"]["lag"] = 2
        self.close(line(simulate(study), "federal", 0), [8, 8, 0.2 * 38])

    def test_prize_pays_an_advance_then_on_the_target(self):
        study = award_grant(4, instrument="prize", prize={"advance": 0.25, "target": 1.5},
                            match={"sources": {"a": {"ratio": 2.0, "ramp": {"half_age": 1.5,
                                                                            "width": 1e-6}}}})
        sample = simulate(study)
        self.close(line(sample, "federal"), [2.5, 0, 0, 10])  # 20 raised in year 2 against 15
        study["programs"]["G"]["match"]["sources"]["a"] = {"ratio": 1.5}
        self.close(line(simulate(study), "federal"), [2.5, 10, 10, 10])  # exactly at the target

    def fund(self, years, **settings):
        """A fund of 100 in the first year, partners put in twice that."""
        node = {"ratio": 2.0, "fee": 0.1, "hold": 2, "multiple": 2.0, "additionality": 0.5}
        study = one_grant(years)
        study["macro"] = {}
        study["programs"] = {"F": {"instrument": "fund", "fund": {**node, **settings},
                                   "budget": {"plan": {2025: 100, 2026: 0}},
                                   "outcomes": {"investment": {"multiplier": 1.0,
                                                               "driver": "spending"}}}}
        return study

    def test_fund_pays_out_first_and_comes_back(self):
        sample = simulate(self.fund(4))
        self.close(account(sample, "federal", "F"), [100, 0, 0, 0])
        self.close(account(sample, "match", "F"), [200, 0, 0, 0])
        self.close(account(sample, "spending", "F"), [270, 0, 0, 0])
        self.close(account(sample, "receipts", "F"), [0, 0, 180, 0])
        self.close(account(sample, "treasury_cost", "F"), [100, 0, -180, 0])
        self.close([output(sample, name, "F") for name in
                    ("leverage_ratio", "net_leverage_ratio", "leverage_ratio_leading",
                     "lagging_federal_share", "investment_per_dollar")], [2, 1, 2, 0, 1])
        for name in ("survival_share", "self_sustaining_share", "lapse_rate", "shortfall_rate",
                     "leverage_ratio_lagging", "fiscal_return"):
            self.assertTrue(math.isnan(output(sample, name, "F")), name)
        self.assertEqual(output(sample, "payback_year", "F"), 2027)

    def test_fund_recycles_and_settles_in_the_last_year(self):
        sample = simulate(self.fund(4, recycle=0.5))
        # 90 of 180 are recycled into a vintage of the last year, returned at cost less the fee.
        self.close(account(sample, "match", "F"), [200, 0, 0, 180])
        self.close(account(sample, "receipts", "F"), [0, 0, 90, 81])
        sample = simulate(self.fund(3, recycle=0.5))
        self.close(account(sample, "receipts", "F"), [0, 0, 180])  # recycled in T-1: comes back
        sample = simulate(self.fund(2))
        self.close(account(sample, "receipts", "F"), [0, 90])      # unreturned, at cost

    def test_fund_shocks_follow_the_vintage_and_the_year_of_return(self):
        study = self.fund(3, volatility=0.2, return_volatility=0.5, return_cyclicality=2.0)
        study["macro"] = {"activity": {"volatility": 0.1}}
        sample = simulate(study, {("programs/F/coinvestment", 0): 1.0, ("macro/activity", 2): -1.0,
                                  ("programs/F/return", 0): 2.0})
        self.close(account(sample, "match", "F"), [200 * math.exp(0.18), 0, 0])
        self.close(account(sample, "receipts", "F"),
                   [0, 0, 180 * math.exp(-0.2) * math.exp(1.0 - 0.125)])

    def test_guarantee_lends_defaults_and_settles(self):
        study = one_grant(2)
        study["macro"] = {}
        study["programs"] = {"L": {"instrument": "guarantee",
                                   "budget": {"plan": {2025: 10, 2026: 0}},
                                   "guarantee": {"gearing": 5.0, "cover": 0.5, "default": 0.1,
                                                 "term": 2.0}}}
        sample = simulate(study)
        # k = 10, O = 50, payout 2.5; k = 7.5, O = max(37.5, 25), payout 1.875, pool 5.625.
        self.close(account(sample, "match", "L"), [50, 12.5])
        self.close(account(sample, "spending", "L"), [50, 12.5])
        self.close(account(sample, "receipts", "L"), [0, 5.625 - 0.5 * 0.1 * 1 * 37.5])
        study["macro"] = {"activity": {"volatility": 0.1}}
        study["programs"]["L"]["guarantee"].update(cyclicality=3.0, volatility=0.4, interest=0.1)
        sample = simulate(study, {("macro/activity", 0): -1.0, ("programs/L/default", 0): 1.0})
        rate = 1 / (1 + math.exp(-(math.log(0.1 / 0.9) + 0.3 + 0.4)))
        capital = (10 - 0.5 * rate * 50) * 1.1
        self.close(account(sample, "match", "L"), [50, max(5 * capital - 25, 0)])

    def test_pools_add_nothing_to_the_portfolios_survival(self):
        study = self.fund(2)
        study["programs"]["G"] = award_grant(2)["programs"]["G"]
        sample = simulate(study)
        for name in ("survival_share", "lapse_rate", "shortfall_rate"):
            self.assertEqual(output(sample, name, "portfolio"), output(sample, name, "G"))
        self.close([output(sample, "leverage_ratio", "portfolio")], [(200 + 40) / (100 + 40)])


EVERYTHING = """
fulcrum: 1
horizon: {base_year: 2025, years: 6}
macro:
  recession: {entry: {pert: {min: 0.1, mode: 0.3, max: 0.5}}, exit: 0.6, depth: 0.03}
  activity: {persistence: 0.5, volatility: 0.02}
  inflation: {mean: {normal: {mean: 0.023, sd: 0.004}}, persistence: 0.6, volatility: 0.01}
  discount_rate: {triangular: {min: 0.02, mode: 0.03, max: 0.07}}
  fiscal_common: 0.3
accounts: {tax_rate: 0.2, excess_burden: 0.2, opportunity: 0.5}
portfolio: {coordination: 0.3}
programs:
  SHARE:
    instrument: grant
    budget: {mode: share, plan: {2025: 100, 2027: {uniform: {min: 80, max: 120}}}, growth: 0.02,
             volatility: 0.1, persistence: 0.7, admin: 0.1, delay: {probability: 0.5, share: 0.2},
             rescission: {probability: 0.3, share: 0.05}, termination: {hazard: {2027: 0.15}}}
    units: {cohorts: [{start: 2015, count: 4}, {start: 2027, count: 2}], size_dispersion: 0.4,
            lagging_share: 0.4, gates: [{age: 11, pass: 0.8}]}
    taper: {shape: linear, start: 10, length: 4, floor: 0.2}
    match:
      required: [1.0, 1.0, 0.8]
      common_share: 0.3
      response: 0.3
      recession_waiver: 0.5
      sources:
        state: {ratio: 0.4, volatility: 0.2, cyclicality: 2.0, stickiness: 0.5, cash_share: 0.7,
                conversion: 0.9, lagging_multiplier: 0.7, additionality: -0.1}
        industry: {ratio: 0.4, volatility: 0.3, ramp: {half_age: 2, width: 1}, cash_share: 0.5}
    revenue:
      persistence: 0.5
      streams: {fees: {ratio: 0.5, volatility: 0.2, cyclicality: 1.0, counts_as_match: true},
                gifts: {ratio: 0.2, volatility: 0.3}}
    cost: {ratio: 2.0, volatility: 0.1, in_kind_cap: 0.2, minimum_service: 0.8, credit: 0.1,
           reserve_target: 0.2, opening: 0.1, interest: 0.02, adapt: 0.3}
    outcomes:
      new_sales: {multiplier: {lognormal: {median: 20, p95: 30}}, driver: appropriation, lag: 0.5,
                  volatility: 0.1, additionality: 0.3, displacement: 0.2, value: 0.4}
      jobs: {multiplier: 10, driver: spending, returns_to_scale: 0.8, value: 0.05,
             additionality: -0.1}
    overlap: 0.2
  PLANLESS:
    instrument: grant
    budget: {mode: award, admin: 0.1, termination: {from_year: 2028, hazard: 0.2}}
    units: {cohorts: [{start: 2025, count: 3}], award: [5, 4], indexed: true, size_dispersion: 0.2}
    match: {sources: {state: {ratio: 1.0, volatility: 0.2}}}
    cost: {ratio: 2.0, volatility: 0.1, minimum_service: 0.5, credit: 0.3}
    outcomes: {investment: {multiplier: 2.0, driver: federal, lag: 1.0}}
  REPAID:
    instrument: reimbursement
    budget: {mode: award, plan: {2025: 20}}
    units: {cohorts: [{start: 2023, count: 2}, {start: 2026, count: 2}], award: [6]}
    match: {sources: {firm: {ratio: 3.0, volatility: 0.1}}}
    cost: {ratio: 4.0, minimum_service: 0.5, credit: 0.5}
    reimbursement: {rate: 0.2, lag: {discrete: {values: [1, 2], weights: [1, 1]}}, pass: 0.8}
  PRIZE:
    instrument: prize
    budget: {mode: award, plan: {2025: 20}}
    units: {cohorts: [{start: 2025, count: 3}], award: [6], size_dispersion: 0.5}
    match: {sources: {firm: {ratio: 1.5, volatility: 0.5}}}
    cost: {ratio: 1.5, minimum_service: 0.2, credit: 0.8}
    prize: {advance: 0.3, target: 1.4}
  FUND:
    instrument: fund
    budget: {plan: {2025: 50, 2028: 0}, volatility: 0.1}
    fund: {ratio: 2.0, volatility: 0.2, fee: 0.1, hold: 2, multiple: 1.5, return_volatility: 0.4,
           return_cyclicality: 1.0, recycle: 0.5, additionality: 0.4}
    outcomes: {investment: {multiplier: 1.0, driver: spending, volatility: 0.1}}
  LOANS:
    instrument: guarantee
    budget: {plan: {2025: 10, 2027: 0}, termination: {hazard: 0.05}}
    guarantee: {gearing: 6.0, cover: 0.5, default: 0.05, cyclicality: 10, volatility: 0.4,
                interest: 0.02, term: 4}
dependence: [{pair: [programs/SHARE/budget/plan/2027, macro/discount_rate], rank: -0.4}]
"""


class LawsTest(Case):
    """What holds in every sample of a study with everything in it."""

    @classmethod
    def setUpClass(cls):
        study = quantities.load_study(EVERYTHING)
        cls.samples = [model.simulate_sample(study, SEED, number) for number in range(40)]

    def test_every_ledger_closes(self):
        for sample in self.samples:
            for program, units in sample.units.items():
                for unit in units:
                    self.ledger_closes(unit.ledger, program)

    def ledger_closes(self, row, program):
        """H_t - H_{t-1} = interest + F + cash match + revenue - X + written_off."""
        opening = 0.1 * 2.0 * row["scale"][0] if program == "SHARE" and row["age"][0] > 0 else 0.0
        before = [opening] + row["balance"][:-1]
        flows = [sum(row[name][t] for name in ("interest", "federal", "match_cash", "own_revenue",
                                               "written_off")) - row["spending"][t]
                 for t in range(6)]
        self.close([after - start for after, start in zip(row["balance"], before)], flows, 1e-9)

    def test_no_budget_dollar_is_lost(self):
        for sample in self.samples:
            for program, totals in sample.programs.items():
                lines = [totals.accounts[name] for name in (
                    "federal", "lapsed", "unallocated", "administration", "rescinded",
                    "terminated", "deferred")]
                self.close([sum(year) for year in zip(*lines)], totals.accounts["budget"], 1e-9)

    def test_the_study_has_closures_terminations_lapses_and_recessions_to_test_on(self):
        def any_of(name, program):
            return any(sum(sample.programs[program].accounts[name]) > 0 for sample in self.samples)

        for name in ("written_off", "terminated", "rescinded", "lapsed", "shortfall",
                     "self_sustaining", "unallocated"):
            programs = self.samples[0].programs
            self.assertTrue(any(any_of(name, program) for program in programs), name)
        self.assertTrue(any(sum(sample.macro["recession"]) for sample in self.samples))
        self.assertTrue(any_of("receipts", "LOANS"))


class CompareTest(unittest.TestCase):
    """The comparer agrees with the reference's own trace, and catches every planted fault."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.good = os.path.join(cls.folder.name, "good.h5")
        cls.bad = os.path.join(cls.folder.name, "bad.h5")
        layout.write_trace(cls.good, EVERYTHING, SEED, [3, 17])

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def failures_after(self, change):
        """What the comparer finds wrong in a copy of the good trace after a change."""
        with open(self.good, "rb") as source, open(self.bad, "wb") as target:
            target.write(source.read())
        with h5py.File(self.bad, "r+") as file:
            change(file)
        return compare_trace.check_trace(self.bad).failures

    def datasets(self):
        """Every dataset but the strings."""
        paths = []
        with h5py.File(self.good, "r") as file:
            file.visititems(lambda path, node: paths.append(path)
                            if isinstance(node, h5py.Dataset) and node.dtype.kind == "f" else None)
        return paths

    def test_its_own_trace_agrees(self):
        report = compare_trace.check_trace(self.good)
        self.assertEqual(report.failures, [])
        self.assertEqual(report.unknown, [])
        stream = io.StringIO()
        self.assertTrue(report.show(stream))
        self.assertIn("all agree", stream.getvalue())

    def test_every_dataset_of_section_11_is_there(self):
        paths = set(self.datasets())
        for name in ("macro/price_index", "programs/SHARE/match_by_source", "outputs/npv",
                     "programs/SHARE/outcome_net", "programs/SHARE/units/draw_gate_u",
                     "programs/SHARE/draw_lagging_u", "programs/FUND/draw_return_z",
                     "programs/LOANS/draw_default_z", "programs/REPAID/units/draw_verify_u"):
            self.assertIn(name, paths)
        for name in model.LEDGER:
            self.assertIn(f"programs/SHARE/units/{name}", paths)
        for name in model.ACCOUNTS:
            self.assertIn(f"programs/FUND/{name}", paths)

    def test_a_slightly_wrong_number_anywhere_is_found(self):
        paths = self.datasets()
        made = [path for path in paths if "draw_" not in path and "parameters" not in path]
        for group in (made, [path for path in paths if "draw_" in path], ["parameters/value"]):
            def spoil(file, group=group):
                for path in group:
                    values = file[path][()]
                    at = numpy.unravel_index(numpy.argmax(numpy.where(
                        numpy.isfinite(values), numpy.abs(values), -1)), values.shape)
                    values[at] = values[at] * (1 + 1e-7) if values[at] else 1e-7
                    file[path][...] = values

            failures = self.failures_after(spoil)
            for path in group:
                self.assertTrue(any(text.startswith(path + " ") for text in failures), path)

    def test_a_missing_dataset_is_found(self):
        paths = self.datasets()
        idle = set(self.idle_draws())
        for group in ([path for path in paths if "draw_" not in path and "parameters" not in path],
                      [path for path in paths if "draw_" in path and path not in idle],
                      ["parameters/value"], ["study"], ["seed"]):
            def drop(file, group=group):
                for path in group:
                    del file[path]

            failures = self.failures_after(drop)
            for path in group:
                self.assertTrue(any(text.startswith(path + ": missing") for text in failures), path)

    def test_draws_that_move_nothing_may_be_absent(self):
        def drop(file):
            for path in self.idle_draws():
                del file[path]

        self.assertEqual(self.failures_after(drop), [])

    @staticmethod
    def idle_draws():
        """Datasets of draws that programs of EVERYTHING have no use for."""
        def of(program, *names):
            return [f"programs/{program}/{name}" for name in names]

        years = ("draw_delay_u", "draw_rescission_u")
        units = ("units/draw_revenue_z", "draw_lagging_u", "draw_source_z")
        return (of("PLANLESS", "draw_budget_z", "draw_outcome_z", *years, *units)
                + of("REPAID", "draw_budget_z", "draw_termination_u", "units/draw_size_z",
                     "units/draw_cost_z", *years, *units)
                + of("PRIZE", "draw_budget_z", "draw_termination_u", "units/draw_cost_z", *years,
                     *units)
                + of("FUND", "draw_termination_u", *years)
                + of("LOANS", "draw_budget_z", *years))

    def test_nan_matches_nan_only(self):
        def undefine(file):
            file["outputs/npv"][0, 0] = numpy.nan

        def define(file):
            values = file["outputs/survival_share"][()]
            values[numpy.isnan(values)] = 0.0
            file["outputs/survival_share"][...] = values

        self.assertTrue(self.failures_after(undefine))
        self.assertTrue(self.failures_after(define))

    def test_another_seed_is_found_in_the_draws(self):
        def reseed(file):
            file["seed"][...] = SEED + 1

        self.assertTrue(any("draw_" in text for text in self.failures_after(reseed)))

    def test_broken_laws_are_found_on_the_file_alone(self):
        def unbalance(file):
            file["programs/SHARE/units/balance"][0, 0, 0] += 1.0

        def spend(file):
            file["programs/SHARE/lapsed"][0, 0] += 1.0

        self.assertTrue(any("ledgers close" in text for text in self.failures_after(unbalance)))
        self.assertTrue(any("conserved" in text for text in self.failures_after(spend)))

    def test_the_command_says_where_and_exits_with_1(self):
        def spoil(file):
            file["programs/SHARE/units/spending"][1, 2, 4] += 1.0

        self.failures_after(spoil)
        command = [sys.executable, os.path.join(HERE, "compare_trace.py")]
        good = subprocess.run(command + [self.good], capture_output=True, text=True, check=False)
        bad = subprocess.run(command + [self.bad], capture_output=True, text=True, check=False)
        self.assertEqual((good.returncode, bad.returncode), (0, 1), bad.stderr)
        self.assertIn("WRONG  programs/SHARE/units/spending 2015.2 FY2029, sample 17: expected",
                      bad.stdout)


class CommandTest(unittest.TestCase):
    """The standalone mode."""

    def test_prints_outputs_as_json_for_the_seed_given(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "study.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(EVERYTHING)
            command = [sys.executable, os.path.join(HERE, "fulcrum_reference.py"), path,
                       "--sample", "3", "--seed", "0"]
            text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        outputs = json.loads(text)
        sample = model.simulate_sample(quantities.load_study(EVERYTHING), 0, 3)
        self.assertEqual(outputs, json.loads(json.dumps(model.as_json(sample.outputs))))
        self.assertIsNone(outputs["FUND"]["survival_share"])

    def test_a_study_survives_being_written_and_read(self):
        study = quantities.load_study(EVERYTHING)
        again = quantities.load_study(yaml.safe_dump(study))
        self.assertEqual(study, again)


if __name__ == "__main__":
    unittest.main()
