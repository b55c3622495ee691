#!/usr/bin/python3
"""The portfolio model in vectorized numpy: what an expert could do without the engine, for its speed.

    portfolio_numpy.py STUDY.yaml --samples N --chunk C [--aggregate] [--seed S] [--normals ziggurat]

Prints JSON: processor seconds of drawing parameters, of evaluation and of aggregation, and how much
work that was. It computes what the engine computes, the outputs of section 9 of the model by fiscal
year for every program and account, in the same double precision, but from draws of its own: results
agree in distribution, not in bits. It does what inputs/baseline.yaml needs and refuses the rest.
Samples are done in chunks, arrays are (years, samples) here and units by samples in `numpy_units`.
"""
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse  # noqa: E402
import copy  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402

from numpy_study import UNREAD, Quantities, Refused, Sampled, Section, read_study  # noqa: E402
from numpy_summary import summarize  # noqa: E402
from numpy_units import Scratch, Units, is_zero, simulate_units  # noqa: E402

ACCOUNTS = ("budget", "appropriation", "lapsed", "unallocated", "administration", "rescinded",
            "terminated", "deferred", "federal", "receipts", "treasury_cost", "committed_match",
            "match", "match_cash", "match_in_kind", "own_revenue", "spending", "shortfall",
            "written_off", "balance", "active", "funded", "self_sustaining", "benefit", "tax",
            "social_cost")
WEIGHTED = tuple(ACCOUNTS.index(name) for name in ("benefit", "tax"))
HORIZON = ("leverage_ratio", "cofinancing_ratio", "net_leverage_ratio", "multiplier_effect",
           "commitment_ratio", "npv", "benefit_cost_ratio", "fiscal_return", "payback_year",
           "survival_share", "self_sustaining_share", "lapse_rate", "shortfall_rate",
           "lagging_federal_share", "leverage_ratio_lagging", "leverage_ratio_leading")
ROUNDING = 1e-12  # a difference smaller than this share of its terms is 0


class Normals:
    """Standard normal draws of one generator. Box and Muller (1958), A note on the generation of random
    normal deviates: where numpy has vector instructions for log, cos and sin it takes half the time
    of its own `standard_normal`, a ziggurat that draws one by one (--normals ziggurat)."""

    BLOCK = 16384  # pairs at a time, so that they stay in the cache

    def __init__(self, rng, ziggurat=False):
        self.rng, self.ziggurat = rng, ziggurat
        self.radius, self.angle, self.cosine = np.empty((3, self.BLOCK))

    def fill(self, out, scale=1.0):
        """Fills an array with normals of that standard deviation, and gives it back."""
        if self.ziggurat:
            self.rng.standard_normal(out=out)
            if scale != 1.0:
                out *= scale
            return out
        flat = out.reshape(-1)
        for first in range(0, flat.size, 2 * self.BLOCK):
            self.fill_block(flat[first:first + 2 * self.BLOCK], scale)
        return out

    def fill_block(self, out, scale):
        """Up to twice as many as a block of pairs."""
        half = (out.size + 1) // 2
        radius, angle, cosine = self.radius[:half], self.angle[:half], self.cosine[:half]
        self.rng.random(out=radius)
        self.rng.random(out=angle)
        np.subtract(1.0, radius, out=radius)
        np.log(radius, out=radius)
        radius *= -2.0 * scale * scale
        np.sqrt(radius, out=radius)
        angle *= 2.0 * np.pi
        np.cos(angle, out=cosine)
        np.sin(angle, out=angle)
        np.multiply(radius, cosine, out=out[:half])
        rest = out.size - half
        np.multiply(radius[:rest], angle[:rest], out=out[half:])

    def new(self, shape):
        """A new array of them."""
        return self.fill(np.empty(shape))


class World:
    """Section 1 for a chunk: what all programs share."""

    def __init__(self, macro, years, value, normals, samples):
        self.shape = (years, samples)
        recession, activity, inflation = (macro[key] for key in ("recession", "activity", "inflation"))
        entry, leave, depth = (value(recession[key]) for key in ("entry", "exit", "depth"))
        u = normals.rng.random(self.shape)
        self.activity, path = normals.new(self.shape), normals.new(self.shape)
        self.activity *= value(activity["volatility"])
        path *= value(inflation["volatility"])
        stays, state = 1.0 - leave, np.zeros(samples, bool)
        for t in range(years):
            state = u[t] < np.where(state, stays, entry)
            self.activity[t] -= depth * state
            if t:
                self.activity[t] += value(activity["persistence"]) * self.activity[t - 1]
                path[t] += value(inflation["persistence"]) * path[t - 1]
        path += value(inflation["mean"])
        path[0] = 0.0
        self.price = np.exp(np.cumsum(path, axis=0))
        ages = np.arange(years)[:, None]
        self.discount = 1.0 / ((1.0 + value(macro["discount_rate"])) ** ages * self.price)
        self.fiscal = normals.new(self.shape)
        self.fiscal_common = value(macro["fiscal_common"])

    def part(self, lanes):
        """What units look at, for some of the samples."""
        part = copy.copy(self)
        part.activity, part.price = self.activity[:, lanes], self.price[:, lanes]
        part.shape = part.price.shape
        return part

    def present(self, series):
        """PV of a series."""
        return np.einsum("tn,tn->n", series, self.discount)


def read_macro(node):
    """{section: {key: quantity}} of the macro-economy."""
    found = {}
    for part, keys in (("recession", ("entry", "exit", "depth")), ("activity", ("persistence", "volatility")),
                       ("inflation", ("mean", "persistence", "volatility"))):
        section = node.section(part)
        found[part] = {key: section.number(key) for key in keys}
    for key in ("discount_rate", "fiscal_common"):
        found[key] = node.number(key)
    return found


class Budget:
    """Section 2 of a program."""

    def __init__(self, node, base_year, years):
        self.base_year, self.years = base_year, years
        self.plan, self.growth = node.by_year("plan"), node.number("growth", 0)
        self.volatility, self.persistence = node.constant("volatility", 0), node.constant("persistence", 0)
        self.admin = node.number("admin", 0)
        delay, cut = node.section("delay"), node.section("rescission")
        self.delay = [delay.number(key, 0) for key in ("probability", "share")]
        self.cut = [cut.number(key, 0) for key in ("probability", "share")]
        end = node.section("termination")
        self.from_year, self.hazard = int(end.constant("from_year", 0)), end.number("hazard", 0)
        if node.raw("mode") not in ("award", "share"):
            raise Refused(f"{node.path}: mode must be award or share")

    def planned(self, year, value):
        """plan_t of a fiscal year."""
        entries = [entry for entry in self.plan if entry <= year]
        if not entries:
            return 0.0
        last = max(entries)
        growth = (1.0 + value(self.growth)) ** (year - last) if last == max(self.plan) else 1.0
        return value(self.plan[last]) * growth

    def live(self, world, value, rng):
        """1 until the program is terminated."""
        u = rng.random(world.shape)
        first = max(self.from_year - self.base_year, 0)
        u[:first] = 1.0
        return np.logical_and.accumulate(u >= value(self.hazard), axis=0)

    def shocked(self, world, value, normals):
        """B_t, whose mean is the plan."""
        plan = np.empty(world.shape)
        for t in range(self.years):
            plan[t] = self.planned(self.base_year + t, value)
        if self.volatility == 0.0 or all(is_zero(entry) for entry in self.plan.values()):
            return plan
        x = normals.new(world.shape)
        x *= np.sqrt(1.0 - world.fiscal_common)
        x += np.sqrt(world.fiscal_common) * world.fiscal
        x *= self.volatility
        for t in range(1, self.years):
            x[t] += self.persistence * x[t - 1]
        variance = self.volatility ** 2 * np.cumsum(self.persistence ** (2.0 * np.arange(self.years)))
        x -= variance[:, None] / 2
        return plan * np.exp(x, out=x)

    def appropriate(self, accounts, older, world, value, normals):
        """The accounts of the budget from plan to rescission; gives N and live."""
        live = self.live(world, value, normals.rng)
        if not self.plan:
            return None, live
        budget = accounts["budget"]
        budget[...] = self.shocked(world, value, normals)
        enacted = self.enact(accounts, older, world, value, normals.rng)
        given = np.multiply(enacted, live, out=accounts["appropriation"])
        np.subtract(enacted, given, out=accounts["terminated"])
        probability, share = self.cut
        if not is_zero(share):
            happens = normals.rng.random(world.shape) < value(probability)
            np.multiply(given, value(share) * happens, out=accounts["rescinded"])
        left = given - accounts["rescinded"]
        np.multiply(left, value(self.admin), out=accounts["administration"])
        left -= accounts["administration"]
        return left, live

    def enact(self, accounts, older, world, value, rng):
        """Continuing resolutions."""
        budget, (probability, share) = accounts["budget"], map(value, self.delay)
        if is_zero(self.delay[1]):
            return budget.copy()
        late = share * (rng.random(world.shape) < probability) * budget
        enacted = budget - late
        enacted[1:] += late[:-1]
        if older:
            enacted[0] += share * probability * self.planned(self.base_year, value)
        np.subtract(budget, enacted, out=accounts["deferred"])
        return enacted


class Outcome:
    """Section 8 for one outcome of a program."""

    def __init__(self, key, node, older):
        self.jobs, self.driver = key == "jobs", node.raw("driver")
        if self.driver not in ("appropriation", "federal", "spending"):
            raise Refused(f"{node.path}/driver: {self.driver} not supported")
        self.lag, self.volatility = node.constant("lag", 0), node.constant("volatility", 0)
        self.history = node.constant("history", 1 if older else 0)
        for name, default in (("multiplier", None), ("returns_to_scale", 1), ("cyclicality", 0),
                              ("additionality", 1), ("lagging_multiplier", 1), ("displacement", 0),
                              ("value", 0)):
            setattr(self, name, node.number(name, default))

    @property
    def regional(self):
        """Whether it counts for more in lagging regions."""
        return isinstance(self.lagging_multiplier, Sampled) or self.lagging_multiplier != 1.0

    def lagged(self, dollars, known):
        """L_t, reckoned once for outcomes of one driver and lag."""
        name = (self.driver, self.lag, self.history)
        if name not in known:
            q, lagged = self.lag / (1.0 + self.lag), (1.0 / (1.0 + self.lag)) * dollars
            lagged[0] += q * self.history * dollars[0]
            for t in range(1, len(lagged)):
                lagged[t] += q * lagged[t - 1]
            known[name] = lagged
        return known[name]

    def gross(self, out, lagged, reference, world, value, normals):
        """gross_t into `out`."""
        normals.fill(out, self.volatility)
        if not is_zero(self.cyclicality):
            out += value(self.cyclicality) * world.activity
        np.exp(out, out=out)
        out *= lagged
        out *= value(self.multiplier) * np.exp(-self.volatility ** 2 / 2)
        if isinstance(self.returns_to_scale, Sampled) or self.returns_to_scale != 1.0:
            relative = lagged / (world.price * reference)
            relative[lagged == 0.0] = 1.0
            out *= np.power(relative, value(self.returns_to_scale) - 1.0, out=relative)
        if self.jobs:
            out /= world.price

    def net(self, out, gross, lagging_share, value):
        """net_t into `out`; the share of lagging regions is asked for where it matters."""
        alpha = value(self.additionality)
        if self.regional:
            there = np.minimum(1.0, alpha * value(self.lagging_multiplier))
            alpha = np.where(alpha < 0, alpha, alpha + lagging_share(self.driver) * (there - alpha))
        np.multiply(gross, alpha * (1.0 - value(self.displacement)), out=out)


class Layout:
    """Where the outputs of a program, or of the portfolio, stand among all."""

    def __init__(self, first, key, sources, outcomes, base_year, years):
        fiscal = range(base_year, base_year + years)
        annual = [*ACCOUNTS, "annual_leverage", *(f"match_by_source/{k}" for k in sources),
                  *(f"outcome_gross/{o}" for o in outcomes), *(f"outcome_net/{o}" for o in outcomes)]
        single = [*HORIZON, *(f"{o}_per_dollar" for o in outcomes)]
        self.names = [f"{key}/{name}" for name in single]
        self.names += [f"{key}/{name}/{year}" for name in annual for year in fiscal]
        self.first, self.single, self.years = first, len(single), years
        self.sources, self.outcomes = len(sources), len(outcomes)
        self.stop = first + len(self.names)

    def views(self, out):
        """(horizon rows, accounts, annual leverage, by source, gross, net) in the outputs of a chunk."""
        rows, samples = out[self.first:self.stop], out.shape[1]
        annual = rows[self.single:].reshape(-1, self.years, samples)
        ends = np.cumsum([len(ACCOUNTS), 1, self.sources, self.outcomes])
        return (rows[:self.single], *np.split(annual, ends))


class Program:
    """One program of the study."""

    def __init__(self, node, base_year, years):
        if node.raw("instrument") not in ("grant", "prize"):
            raise Refused(f"{node.path}: instrument {node.raw('instrument')} not supported")
        self.overlap = node.number("overlap", 0)
        self.budget = Budget(node.section("budget"), base_year, years)
        self.units = Units(node, base_year, years)
        self.outcomes = {key: Outcome(key, part, self.units.older)
                         for key, part in node.section("outcomes").named().items()}
        first = min(self.budget.plan, default=base_year) - base_year
        self.reference = next((t for t in range(max(first, 0), years) if self.units.started[t]), None)

    def reference_money(self, value):
        """N_ref."""
        if self.reference is None:
            return 0.0
        if self.budget.plan:
            year = self.budget.base_year + self.reference
            return (1.0 - value(self.budget.admin)) * self.budget.planned(year, value)
        return sum(count * value(award) for count, award in self.units.reference_award(self.reference))

    def evaluate(self, views, world, value, normals, scratch, rates):
        """All outputs of the program for a chunk; gives what the portfolio adds up."""
        single, block, annual, by_source, gross, net = views
        block[...] = 0.0
        accounts = dict(zip(ACCOUNTS, block))
        money, live = self.budget.appropriate(accounts, self.units.older, world, value, normals)
        reference = self.reference_money(value)
        regional = any(outcome.regional for outcome in self.outcomes.values())
        flows = simulate_units(self.units, world, value, normals, scratch, (self.reference, reference),
                               money, live, regional)
        by_source[...] = flows.by_source
        self.book(accounts, flows, value)
        sums = Sums(accounts, flows, self.units, world, value)
        self.produce(accounts, flows, gross, net, reference, world, value, normals, sums)
        close_accounts(accounts, rates)
        sums.investment = next((world.present(g) for g, key in zip(gross, self.outcomes)
                                if key == "investment"), 0.0)
        horizon(single, accounts, sums, world, self.outcomes, self.budget.base_year)
        leverage_by_year(annual[0], accounts)
        return sums

    def book(self, accounts, flows, value):
        """The flows of units into the accounts."""
        if not self.budget.plan:
            np.divide(flows.available, 1.0 - value(self.budget.admin), out=accounts["budget"])
            accounts["appropriation"][...] = accounts["budget"]
            np.subtract(accounts["budget"], flows.available, out=accounts["administration"])
        for name in ("federal", "balance", "active", "funded", "self_sustaining", "own_revenue",
                     "spending", "shortfall"):
            accounts[name][...] = getattr(flows, name)
        np.subtract(flows.available, flows.entitlement, out=accounts["unallocated"])
        np.subtract(flows.entitlement, flows.federal, out=accounts["lapsed"])
        accounts["lapsed"][accounts["lapsed"] < ROUNDING * flows.entitlement] = 0.0
        np.subtract(flows.balance, flows.left, out=accounts["written_off"])
        if flows.by_source.size:
            np.add.reduce(flows.by_source, axis=0, out=accounts["match"])
        for source, series in zip(self.units.sources.values(), flows.by_source):
            accounts["match_cash"] += value(source.cash_share) * series
            accounts["committed_match"] += series / value(source.conversion)
        np.subtract(accounts["match"], accounts["match_cash"], out=accounts["match_in_kind"])

    def produce(self, accounts, flows, gross, net, reference, world, value, normals, sums):
        """Outcomes, gross and net, and the benefit of them."""
        dollars = {"appropriation": accounts["appropriation"] - accounts["rescinded"],
                   "federal": accounts["federal"], "spending": accounts["spending"]}
        whole = {"appropriation": reference / (1.0 - value(self.budget.admin)), "federal": reference,
                 "spending": value(self.units.cost["ratio"]) * reference}
        lagging = {"spending": (flows.lagging_spending, accounts["spending"])}

        def lagging_share(driver):
            part, total = lagging.get(driver, (flows.lagging_federal, accounts["federal"]))
            return np.divide(part, total, where=total > 0, out=np.zeros_like(total))

        known = {}
        for o, (key, outcome) in enumerate(self.outcomes.items()):
            driver = dollars[outcome.driver]
            outcome.gross(gross[o], outcome.lagged(driver, known), whole[outcome.driver], world, value,
                          normals)
            outcome.net(net[o], gross[o], lagging_share, value)
            if not is_zero(outcome.value):
                worth = value(outcome.value) * net[o]
                accounts["benefit"] += worth * world.price if outcome.jobs else worth
            sums.outcomes[key] = gross[o].sum(axis=0), driver.sum(axis=0)


class Sums:
    """What ratios over the horizon need beside the accounts; portfolios add them up."""

    NAMES = ("net_match", "lagging_federal", "lagging_federal_pv", "lagging_moved_pv",
             "leading_federal_pv", "leading_moved_pv", "entitlement", "need", "survivors", "started",
             "investment")

    def __init__(self, accounts=None, flows=None, units=None, world=None, value=None):
        self.outcomes, self.units = {}, 0
        for name in self.NAMES:
            setattr(self, name, 0.0)
        if flows is not None:
            self.take(accounts, flows, units, world, value)

    def take(self, accounts, flows, units, world, value):
        """The sums of one program."""
        for source, series in zip(units.sources.values(), flows.by_source):
            self.net_match = self.net_match + value(source.additionality) * world.present(series)
        federal = world.present(accounts["federal"])
        moved = world.present(accounts["match"]) + world.present(accounts["own_revenue"])
        if units.all_lagging:
            self.lagging_federal = accounts["federal"].sum(axis=0)
            self.lagging_federal_pv, self.lagging_moved_pv = federal, moved
        else:
            self.lagging_federal = flows.lagging_federal.sum(axis=0)
            self.lagging_federal_pv = world.present(flows.lagging_federal)
            self.lagging_moved_pv = world.present(flows.lagging_moved)
        self.leading_federal_pv = difference(federal, self.lagging_federal_pv)
        self.leading_moved_pv = difference(moved, self.lagging_moved_pv)
        self.entitlement = flows.entitlement.sum(axis=0)
        self.need = flows.cash_need.sum(axis=0)
        self.survivors, self.started = flows.survivors, float(units.count)
        self.units = sum(units.started)

    def add(self, part):
        """Adds a program's sums."""
        for name in self.NAMES:
            setattr(self, name, getattr(self, name) + getattr(part, name))
        for key, sums in part.outcomes.items():
            before = self.outcomes.get(key, (0.0, 0.0))
            self.outcomes[key] = before[0] + sums[0], before[1] + sums[1]
        self.units += part.units


def difference(whole, part):
    """whole - part, 0 where only rounding is left."""
    rest = whole - part
    rest[rest < ROUNDING * whole] = 0.0
    return rest


def close_accounts(accounts, rates):
    """The accounts that follow from the others."""
    np.add(accounts["federal"], accounts["administration"], out=accounts["treasury_cost"])
    np.multiply(accounts["benefit"], rates["tax_rate"], out=accounts["tax"])
    cost = np.multiply(accounts["treasury_cost"], 1.0 + rates["excess_burden"], out=accounts["social_cost"])
    cost += rates["opportunity"] * accounts["match"]
    cost += accounts["written_off"]


def ratio(numerator, denominator):
    """Undefined where the denominator is not positive."""
    denominator = np.asarray(denominator, dtype=float)
    shape = np.broadcast_shapes(np.shape(numerator), denominator.shape)
    return np.divide(numerator, denominator, where=denominator > 0, out=np.full(shape, np.nan))


def leverage_by_year(out, accounts):
    """Match and own revenue per federal dollar of the year."""
    moved = accounts["match"] + accounts["own_revenue"]
    out[...] = np.nan
    np.divide(moved, accounts["federal"], where=accounts["federal"] > 0, out=out)


def horizon(out, accounts, sums, world, outcomes, base_year):
    """The outputs over the horizon."""
    pv = {name: world.present(accounts[name]) for name in (
        "federal", "match", "own_revenue", "benefit", "social_cost", "tax", "treasury_cost")}
    total = {name: accounts[name].sum(axis=0) for name in (
        "federal", "committed_match", "lapsed", "shortfall")}
    values = (
        ratio(pv["match"] + pv["own_revenue"], pv["federal"]), ratio(pv["match"], pv["federal"]),
        ratio(sums.net_match, pv["federal"]),
        ratio(pv["federal"] + pv["match"] + sums.investment, pv["federal"]),
        ratio(total["committed_match"], total["federal"]), pv["benefit"] - pv["social_cost"],
        ratio(pv["benefit"], pv["social_cost"]), ratio(pv["tax"], pv["treasury_cost"]),
        payback_year(accounts, world, base_year), ratio(sums.survivors, sums.started),
        ratio(accounts["self_sustaining"][-1], sums.started), ratio(total["lapsed"], sums.entitlement),
        ratio(total["shortfall"], sums.need), ratio(sums.lagging_federal, total["federal"]),
        ratio(sums.lagging_moved_pv, sums.lagging_federal_pv),
        ratio(sums.leading_moved_pv, sums.leading_federal_pv))
    for row, value in zip(out, values):
        row[...] = value
    for row, key in zip(out[len(HORIZON):], outcomes):
        row[...] = ratio(*sums.outcomes[key])


def payback_year(accounts, world, base_year):
    """First year in which taxes have paid back; +inf is never, NaN undefined."""
    cost = np.cumsum(accounts["treasury_cost"] * world.discount, axis=0)
    tax = np.cumsum(accounts["tax"] * world.discount, axis=0)
    begun = np.logical_or.accumulate(cost > 0, axis=0)
    hit = begun & (tax >= cost)
    year = np.where(hit.any(axis=0), base_year + hit.argmax(axis=0), np.inf)
    return np.where(begun[-1], year, np.nan)


class Portfolio:
    """A study, read and ready to be simulated."""

    def __init__(self, study):
        self.quantities = Quantities()
        node = Section(study, "", self.quantities)
        for key in UNREAD:
            node.raw(key)
        time_span = node.section("horizon")
        self.base_year, self.years = int(time_span.constant("base_year")), int(time_span.constant("years"))
        self.macro, rates = read_macro(node.section("macro")), node.section("accounts")
        self.rates = {key: rates.number(key, 0) for key in ("tax_rate", "excess_burden", "opportunity")}
        self.coordination = node.section("portfolio").number("coordination", 0)
        self.programs = {key: Program(part, self.base_year, self.years)
                         for key, part in node.section("programs").named().items()}
        self.quantities.tie(node.raw("dependence", []))
        node.finish()
        self.lay_out()

    def lay_out(self):
        """Where outputs stand, and their names."""
        programs = self.programs.values()
        self.sources = list(dict.fromkeys(key for p in programs for key in p.units.sources))
        self.outcomes = list(dict.fromkeys(key for p in programs for key in p.outcomes))
        self.layouts, first = [], 0
        members = [(key, list(p.units.sources), list(p.outcomes)) for key, p in self.programs.items()]
        for key, sources, outcomes in [*members, ("portfolio", self.sources, self.outcomes)]:
            self.layouts.append(Layout(first, key, sources, outcomes, self.base_year, self.years))
            first = self.layouts[-1].stop
        self.names = [name for layout in self.layouts for name in layout.names]

    def evaluate(self, out, values, normals, scratch):
        """All outputs of a chunk; gives the number of unit-years of one sample."""
        def value(quantity):
            return values[quantity.place] if isinstance(quantity, Sampled) else quantity

        world = World(self.macro, self.years, value, normals, out.shape[1])
        rates = {key: value(rate) for key, rate in self.rates.items()}
        whole = Sums()
        single, block, annual, by_source, gross, net = self.layouts[-1].views(out)
        for part in (block, by_source, gross, net):
            part[...] = 0.0
        for layout, program in zip(self.layouts, self.programs.values()):
            views = layout.views(out)
            whole.add(program.evaluate(views, world, value, normals, scratch, rates))
            self.add_program(program, views, (block, by_source, gross, net), value)
        accounts = dict(zip(ACCOUNTS, block))
        horizon(single, accounts, whole, world, self.outcomes, self.base_year)
        leverage_by_year(annual[0], accounts)
        return whole.units

    def add_program(self, program, views, totals, value):
        """A program into the portfolio: what overlaps counts in part."""
        _, block, _, by_source, gross, net = views
        counts = 1.0 - (1.0 - value(self.coordination)) * value(program.overlap)
        for a, (whole, part) in enumerate(zip(totals[0], block)):
            whole += part * counts if a in WEIGHTED else part
        for k, key in enumerate(program.units.sources):
            totals[1][self.sources.index(key)] += by_source[k]
        for o, key in enumerate(program.outcomes):
            totals[2][self.outcomes.index(key)] += gross[o]
            totals[3][self.outcomes.index(key)] += net[o] * counts


def simulate(portfolio, samples, chunk, seed, keep, ziggurat=False):
    """(outputs by chunk, or of the last one; facts and processor seconds)."""
    rng = np.random.Generator(np.random.PCG64DXSM(seed))
    normals, scratch = Normals(rng, ziggurat), Scratch()
    chunks = -(-samples // chunk)
    out = np.zeros((chunks if keep else 1, len(portfolio.names), chunk))
    values = np.zeros((len(portfolio.quantities.families), chunk))
    drawing = evaluating = 0.0
    for i in range(chunks):
        begin = time.process_time()
        portfolio.quantities.draw(values, rng)
        drawn = time.process_time()
        unit_years = portfolio.evaluate(out[i if keep else 0], values, normals, scratch)
        drawing, evaluating = drawing + drawn - begin, evaluating + time.process_time() - drawn
    return out, {"samples": chunks * chunk, "chunk": chunk, "unit_years": unit_years * chunks * chunk,
                 "outputs": len(portfolio.names), "quantities": len(values),
                 "seconds": {"parameters": drawing, "evaluation": evaluating}}


def main():
    """Simulates, and prints what it took."""
    parser = argparse.ArgumentParser(description="The portfolio model in numpy, timed.")
    parser.add_argument("study")
    parser.add_argument("--samples", type=int, default=4000)
    parser.add_argument("--chunk", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--normals", choices=("box-muller", "ziggurat"), default="box-muller")
    parser.add_argument("--aggregate", action="store_true")
    options = parser.parse_args()
    portfolio = Portfolio(read_study(options.study))
    out, facts = simulate(portfolio, options.samples, options.chunk, options.seed, options.aggregate,
                          options.normals == "ziggurat")
    if options.aggregate:
        begin = time.process_time()
        summarize(out)
        facts["seconds"]["aggregation"] = time.process_time() - begin
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
