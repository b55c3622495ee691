#!/usr/bin/env python3
"""An independent implementation of the funding-leverage model, from MODEL.md alone.

It computes one Monte Carlo sample at a time in plain scalar Python, equation by equation, so that
the engine can be held to the model: correctness and readability over speed. Money is in million
nominal US dollars, years are federal fiscal years, t = 0 ... T-1, FY = base_year + t.

    python3 tests/reference/fulcrum_reference.py STUDY.yaml --sample 3 --seed 1

prints the horizon outputs of that sample as JSON (null: undefined; "never": payback never).
`simulate(study, values, draws)` gives everything: macro series, ledgers, accounts, outputs.

Readings
========
Where MODEL.md can be read in more than one way, this is what is computed here.

 1. `indexed` is looked for in `units` (beside `award`), else in `budget`; section 3 names no place.
 2. `instrument` has no default, nor has `mode`: a program with units must say award or share.
 3. A hazard by fiscal year holds on like a plan: a year without entry keeps the entry before, 0
    before the first.
 4. Section 2, "if a unit started then": a unit older than the base year exists at t = -1.
 5. xi of section 5 starts in the unit's first simulated year (first xi = z^r of that year).
 6. "Units started at r" counts every unit with start <= r, closed or not; in share mode the scale
    follows P_t/P_r also in years before r. Without such a year N_ref = 0.
 7. Before its start and after its closing every ledger entry but age is 0, `lagging` too. Closing
    happens at the end of a year: in that year the unit still counts as active.
 8. Ledger `full_cost` is C = f C° (of the unit's size this year), `spending` is X, `size` is f.
 9. Accounts `active`, `funded`, `self_sustaining` count units; `balance` is the sum over units,
    so it is 0 for `fund` and `guarantee`, as are `lapsed`, `unallocated` and `shortfall`.
10. For `fund`, match is all that partners put in, fee included; spending is what is invested.
11. Reimbursement: (X + I) of any year before t = 0 is ratio S_0 for a unit that starts before the
    base year, even where that year lies before the unit's own start.
12. Jobs are the outcome whose key is `jobs`; its benefit is value P_t net.
13. Without an outcome `investment`, gross investment is 0 in multiplier_effect.
14. The lagging share l of section 8 is that of each year, not of the horizon.
15. In the portfolio, social_cost is the plain sum (only net outcomes, benefit and tax are scaled by
    the overlap); fund and guarantee dollars count as leading.
16. A gate is met in the first year with a >= its age, so that an age between two years is allowed.
17. payback_year: once the cumulative PV(treasury_cost) has been positive, later years count also
    if receipts have made it negative again.
18. "History 0" of fund and guarantee is their default; a study may give another.
19. `match_in_kind` is all match in kind, used or not; what is used is in `spending` (X + I).
20. Unit n of the lagging rule counts all units of the program, later cohorts included.
"""

import argparse
import json
import math
import os
import sys
from collections import namedtuple
from dataclasses import dataclass, field

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import quantities  # noqa: E402
from draws import Draws  # noqa: E402

UNIT_INSTRUMENTS = ("grant", "reimbursement", "prize")
LEDGER = ("age", "active", "funded", "lagging", "scale", "size", "entitlement", "committed_match",
          "match", "match_cash", "in_kind_used", "own_revenue", "federal", "full_cost", "cash_need",
          "interest", "spending", "balance", "shortfall", "written_off", "service_level",
          "self_sustaining")
ACCOUNTS = ("budget", "appropriation", "lapsed", "unallocated", "administration", "rescinded",
            "terminated", "deferred", "federal", "receipts", "treasury_cost", "committed_match",
            "match", "match_cash", "match_in_kind", "own_revenue", "spending", "shortfall",
            "written_off", "balance", "active", "funded", "self_sustaining", "benefit", "tax",
            "social_cost")
TOLERANCE = 1e-9  # epsilon of section 6, as a share of C


class StudyError(ValueError):
    """The study asks for something that the model does not have."""


# ------------------------------------------------------------------------------ study and schedules

def section(node, key):
    """A section of the study, empty where it is absent."""
    return node.get(key) or {}


def named(node, key):
    """A mapping by names that the study gives; remarks beside them are not sections."""
    return {name: below for name, below in section(node, key).items() if isinstance(below, dict)}


def number(node, key, default=0.0):
    """A number of a section, its default where absent ("all else 0")."""
    value = node.get(key)
    return default if value is None else value


def required(node, key):
    """A number without default ("None (must be given)")."""
    if node.get(key) is None:
        raise StudyError(f"{key} must be given")
    return node[key]


def by_age(schedule, age):
    """A number, or a schedule by age: a list of which the last entry holds on."""
    if isinstance(schedule, list):
        return schedule[min(age, len(schedule) - 1)]
    return schedule


def by_fiscal_year(schedule):
    """{fiscal year: value} of a schedule by fiscal year; remarks in it are left out."""
    return {int(key): value for key, value in (schedule or {}).items() if key.isdigit()}


def last_entry(schedule, year):
    """(fiscal year, value) of the entry of a schedule by fiscal year in force, or (None, 0)."""
    years = [entry for entry in schedule if entry <= year]
    return (max(years), schedule[max(years)]) if years else (None, 0.0)


def ramp(node, age):
    """g(a) of section 4: logistic in age, 1 where there is no ramp."""
    if not node.get("ramp"):
        return 1.0
    return logistic((age - required(node["ramp"], "half_age")) / required(node["ramp"], "width"))


def logistic(x):
    """1/(1 + exp(-x)), without overflow."""
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


@dataclass
class World:
    """What all programs share: the calendar, the macro-economy, the sample's draws."""

    base_year: int
    years: int
    draws: object
    study: dict
    macro: dict = field(default_factory=dict)

    def happens(self, probability, name, t):
        """1[u < probability]; a draw that cannot matter is not asked for."""
        return probability > 0 and self.draws.uniform(name, t) < probability

    def factor(self, sigma, name, t):
        """LN(sigma, z) = exp(sigma z - sigma^2/2), a factor of mean 1."""
        return mean_one(sigma, self.draws.normal(name, t)) if sigma else 1.0

    def normal(self, weight, name, t):
        """weight z; a draw that cannot matter is not asked for."""
        return weight * self.draws.normal(name, t) if weight else 0.0


def mean_one(sigma, z):
    """LN(sigma, z), a lognormal factor of mean 1."""
    return math.exp(sigma * z - sigma * sigma / 2)


# ---------------------------------------------------------------------------------- 1 macro-economy

def macro_economy(world):
    """Section 1: recession, activity, inflation, price index and discount factor by year."""
    macro, T = section(world.study, "macro"), world.years
    recession = recessions(section(macro, "recession"), world)
    activity = activity_gap(section(macro, "activity"), section(macro, "recession"), recession,
                            world)
    inflation = inflation_rate(section(macro, "inflation"), world)
    price = [1.0]
    for t in range(1, T):
        price.append(price[t - 1] * math.exp(inflation[t]))
    r = number(macro, "discount_rate")
    discount = [1.0 / ((1.0 + r) ** t * price[t]) for t in range(T)]
    return {"recession": recession, "activity": activity, "inflation": inflation,
            "price_index": price, "discount_factor": discount}


def recessions(node, world):
    """s_t = 1[u_t < (s_{t-1} ? 1 - exit : entry)], s_{-1} = 0."""
    entry, state, series = number(node, "entry"), 0, []
    leaving = required(node, "exit") if node.get("entry") else 0.0
    for t in range(world.years):
        chance = 1.0 - leaving if state else entry
        state = int(world.happens(chance, "macro/recession", t))
        series.append(state)
    return series


def activity_gap(node, recession_node, recession, world):
    """y_t = rho y_{t-1} + sigma z_t - depth s_t, y_{-1} = 0."""
    y, series = 0.0, []
    for t in range(world.years):
        y = (number(node, "persistence") * y
             + world.normal(number(node, "volatility"), "macro/activity", t)
             - number(recession_node, "depth") * recession[t])
        series.append(y)
    return series


def inflation_rate(node, world):
    """pi_t = mean + persistence (pi_{t-1} - mean) + volatility z_t, pi_{-1} = mean."""
    mean = number(node, "mean")
    pi, series = mean, []
    for t in range(world.years):
        pi = (mean + number(node, "persistence") * (pi - mean)
              + world.normal(number(node, "volatility"), "macro/inflation", t))
        series.append(pi)
    return series


# ----------------------------------------------------------------------------------------- 2 budget

@dataclass
class Budget:
    """Section 2, by year: what is enacted, what is lost on the way, what is left for units (N)."""

    has_plan: bool
    admin: float
    live: list
    budget: list
    appropriation: list
    terminated: list
    deferred: list
    rescinded: list
    administration: list
    available: list


def planned(plan, growth, year):
    """plan_t of section 2 in a fiscal year."""
    entry_year, value = last_entry(plan, year)
    if entry_year is None:
        return 0.0
    if entry_year == max(plan):
        return value * (1.0 + growth) ** (year - entry_year)
    return value


def program_budget(program_id, node, older_unit, world):
    """Section 2 for every year; without a plan, money is filled in later as units are entitled."""
    T, admin = world.years, number(node, "admin")
    live = live_years(program_id, section(node, "termination"), world)
    zeros = [0.0] * T
    if not by_fiscal_year(node.get("plan")):
        return Budget(False, admin, live, zeros, zeros[:], zeros[:], zeros[:], zeros[:], zeros[:],
                      zeros[:])
    budget = shocked_plan(program_id, node, world)
    enacted = enacted_budget(program_id, node, budget, older_unit, world)
    appropriation = [live[t] * enacted[t] for t in range(T)]
    rescinded = rescissions(program_id, section(node, "rescission"), appropriation, world)
    administration = [admin * (appropriation[t] - rescinded[t]) for t in range(T)]
    return Budget(True, admin, live, budget, appropriation,
                  terminated=[enacted[t] - appropriation[t] for t in range(T)],
                  deferred=[budget[t] - enacted[t] for t in range(T)],
                  rescinded=rescinded, administration=administration,
                  available=[appropriation[t] - rescinded[t] - administration[t] for t in range(T)])


def shocked_plan(program_id, node, world):
    """B_t = plan_t exp(x_t - v_t/2), of mean plan_t."""
    rho, sigma = number(node, "persistence"), number(node, "volatility")
    common = number(section(world.study, "macro"), "fiscal_common")
    own = f"programs/{program_id}/budget"
    schedule = by_fiscal_year(node["plan"])
    x, variance, series = 0.0, 0.0, []
    for t in range(world.years):
        shock = (world.normal(sigma * math.sqrt(common), "macro/fiscal", t)
                 + world.normal(sigma * math.sqrt(1.0 - common), own, t))
        x = rho * x + shock
        variance += sigma ** 2 * rho ** (2 * t)
        plan = planned(schedule, number(node, "growth"), world.base_year + t)
        series.append(plan * math.exp(x - variance / 2))
    return series


def enacted_budget(program_id, node, budget, older_unit, world):
    """enacted_t = B_t (1 - delta c_t) + delta c_{t-1} B_{t-1} (continuing resolutions)."""
    delay = section(node, "delay")
    probability, share = number(delay, "probability"), number(delay, "share")
    plan_0 = planned(by_fiscal_year(node["plan"]), number(node, "growth"), world.base_year)
    late, before = probability, plan_0 if older_unit else 0.0
    enacted = []
    for t in range(world.years):
        carried = share * late * before
        late = float(world.happens(probability, f"programs/{program_id}/delay", t))
        before = budget[t]
        enacted.append(budget[t] * (1.0 - share * late) + carried)
    return enacted


def live_years(program_id, node, world):
    """live_t = live_{t-1} 1[u^T_t >= hazard], live_{-1} = 1, hazard 0 before from_year."""
    hazard, live, series = node.get("hazard") or 0.0, 1, []
    by_year = by_fiscal_year(hazard) if isinstance(hazard, dict) else None
    for t in range(world.years):
        year = world.base_year + t
        chance = hazard if by_year is None else last_entry(by_year, year)[1]
        if year < number(node, "from_year", 0):
            chance = 0.0
        if world.happens(chance, f"programs/{program_id}/termination", t):
            live = 0
        series.append(live)
    return series


def rescissions(program_id, node, appropriation, world):
    """rescinded_t = share A_t 1[u^R_t < probability]."""
    probability, share = number(node, "probability"), number(node, "share")
    return [share * appropriation[t]
            if world.happens(probability, f"programs/{program_id}/rescission", t) else 0.0
            for t in range(world.years)]


# ------------------------------------------------------------------------------------------ 3 units

@dataclass
class Unit:
    """One center, institute, engine, hub or project over the years."""

    name: str
    start: int             # year index of the start: negative for an established unit
    place: int             # unit number n, counted over cohorts in order
    path: str              # names of its draws start with this
    omega: float = 1.0     # size for life
    lagging: bool = False
    closed: bool = False   # at the end of an earlier year
    gates: list = field(default_factory=list)         # (age, passed)
    ledger: dict = field(default_factory=dict)        # name -> list by year
    by_source: list = field(default_factory=list)     # [source][year] M_k
    resources: list = field(default_factory=list)     # X + I by year
    income: list = field(default_factory=list)        # F + sum M + sum R by year
    full_size_cost: list = field(default_factory=list)  # C° by year
    net_match: list = field(default_factory=list)     # sum alpha_k M_k by year
    xi: float = None       # revenue shock of the year before

    @property
    def established(self):
        """Started before the base year."""
        return self.start < 0

    @property
    def first_year(self):
        """t_u, the first simulated year."""
        return max(self.start, 0)

    def active(self, t):
        """Started and not closed."""
        return self.start <= t and not self.closed

    def gates_passed(self, t):
        """Whether every gate met so far was passed."""
        return all(passed for age, passed in self.gates if t - self.start >= age)


def create_units(program_id, program, world):
    """The units of section 3 in the order of the cohorts, with size, gates and lagging status."""
    node = section(program, "units")
    prefix, units = f"programs/{program_id}", []
    for cohort in node.get("cohorts") or []:
        for j in range(int(cohort["count"])):
            start = int(cohort["start"])
            name = f"{start}.{j}"
            unit = Unit(name, start - world.base_year, len(units), f"{prefix}/unit/{name}")
            unit.omega = world.factor(number(node, "size_dispersion"), unit.path + "/size", 0)
            unit.gates = gate_results(unit, node.get("gates") or [], world)
            unit.ledger = {entry: [0] * world.years for entry in LEDGER}
            for series in ("resources", "income", "full_size_cost", "net_match"):
                setattr(unit, series, [0.0] * world.years)
            units.append(unit)
    mark_lagging(units, number(node, "lagging_share"), prefix + "/lagging", world)
    return units


def gate_results(unit, gates, world):
    """(age, passed) of each gate; gates below the unit's age at t = 0 are passed."""
    return [(gate["age"], gate["age"] < -unit.start
             or world.happens(required(gate, "pass"), unit.path + "/gate", i))
            for i, gate in enumerate(gates)]


def mark_lagging(units, share, name, world):
    """Unit n is lagging iff floor((n+1) lambda + u) > floor(n lambda + u)."""
    if share > 0:
        u = world.draws.uniform(name, 0)
        for unit in units:
            n = unit.place
            unit.lagging = math.floor((n + 1) * share + u) > math.floor(n * share + u)


def reference_year(plan, units, needs_unit, world):
    """r of section 3: the first year with a plan in force and a started unit, or None."""
    first_entry = min(plan) if plan else -math.inf
    for t in range(world.years):
        started = any(unit.start <= t for unit in units) or not needs_unit
        if world.base_year + t >= first_entry and started:
            return t
    return None


def reference_money(program, units, r, world):
    """N_ref of section 3."""
    budget = section(program, "budget")
    plan = by_fiscal_year(budget.get("plan"))
    if r is None:
        return 0.0
    if plan:
        return ((1.0 - number(budget, "admin"))
                * planned(plan, number(budget, "growth"), world.base_year + r))
    award = required(section(program, "units"), "award")
    return sum(by_age(award, r - unit.start) for unit in units if unit.start <= r)


def taper(node, age):
    """tau of section 3 at an age."""
    shape = node.get("shape") or "constant"
    if shape == "constant":
        return 1.0
    if shape == "schedule":
        return by_age(required(node, "schedule"), age)
    start, floor = number(node, "start"), number(node, "floor")
    if shape == "step":
        return 1.0 if age < start else floor
    x = min(max((age - start) / required(node, "length"), 0.0), 1.0)
    if shape == "linear":
        return 1.0 - (1.0 - floor) * x
    if shape == "geometric":
        return floor ** x
    raise StudyError(f"taper shape {shape}")


# ------------------------------------------------------------------------------- 3-7 a unit program

class UnitProgram:
    """A program with units: grant (sections 3-6), reimbursement or prize (section 7)."""

    def __init__(self, program_id, program, world):
        self.id, self.node, self.world = program_id, program, world
        self.instrument = program["instrument"]
        self.units = create_units(program_id, program, world)
        self.mode = section(program, "budget").get("mode")
        self.plan = by_fiscal_year(section(program, "budget").get("plan"))
        if self.mode not in ("award", "share") or (self.mode == "share" and not self.plan):
            raise StudyError("mode must be award, or share with a plan")
        self.budget = program_budget(program_id, section(program, "budget"), self.has_older_unit(),
                                     world)
        self.r = reference_year(self.plan, self.units, True, world)
        self.n_ref = reference_money(program, self.units, self.r, world)
        self.match, self.cost = section(program, "match"), section(program, "cost")
        self.sources = named(self.match, "sources")
        self.streams = named(section(program, "revenue"), "streams")
        self.unallocated = [0.0] * world.years
        for unit in self.units:
            unit.by_source = [[0.0] * world.years for _ in self.sources]

    def has_older_unit(self):
        """A unit older than the base year (sections 2, 6 and 8)."""
        return any(unit.established for unit in self.units)

    def run(self):
        """All years in order: who is funded, what they are entitled to, how each fares."""
        for t in range(self.world.years):
            for unit in self.units:
                unit.ledger["age"][t] = t - unit.start
            active = [unit for unit in self.units if unit.active(t)]
            for unit in active:
                unit.ledger["funded"][t] = int(self.funded(unit, t))
                unit.ledger["scale"][t] = self.scale(unit, t)
            self.entitle(active, t)
            for unit in active:
                self.settle(unit, t)
        return self

    # ---- section 3

    def funded(self, unit, t):
        """Active, every gate met so far passed, and the program live."""
        return unit.active(t) and unit.gates_passed(t) and self.budget.live[t]

    def indexation(self, t):
        """J_t: the price index if awards are indexed, else 1."""
        units, budget = section(self.node, "units"), section(self.node, "budget")
        indexed = units.get("indexed", budget.get("indexed", False))
        return self.world.macro["price_index"][t] if indexed else 1.0

    def award(self, age):
        """award(a), a schedule by age."""
        return by_age(required(section(self.node, "units"), "award"), age)

    def scale(self, unit, t):
        """S, what the unit was built for: it follows prices and not this year's budget."""
        price = self.world.macro["price_index"]
        if self.mode == "award":
            first = unit.first_year
            return (self.award(t - unit.start) * unit.omega * self.indexation(first)
                    * price[t] / price[first])
        if self.r is None:
            return 0.0
        total = sum(other.omega for other in self.units if other.start <= self.r)
        return self.n_ref * unit.omega / total * price[t] / price[self.r]

    def entitle(self, active, t):
        """Entitlements of the year, and what of the money stays unallocated."""
        shape = section(self.node, "taper")
        weights = [unit.omega * taper(shape, t - unit.start) * unit.ledger["funded"][t]
                   for unit in active]
        if self.mode == "share":
            total, available = sum(weights), self.budget.available[t]
            asked = [available * weight / total if total > 0 else 0.0 for weight in weights]
            self.unallocated[t] = 0.0 if total > 0 else available
        else:
            asked = [self.award(t - unit.start) * self.indexation(t) * weight
                     for unit, weight in zip(active, weights)]
            asked = self.fit_to_money(asked, t)
        for unit, money in zip(active, asked):
            unit.ledger["entitlement"][t] = money

    def fit_to_money(self, asked, t):
        """Award mode: entitlements within N_t, or N_t as entitled where there is no plan."""
        total, budget = sum(asked), self.budget
        if not budget.has_plan:
            budget.available[t] = total
            budget.budget[t] = budget.appropriation[t] = total / (1.0 - budget.admin)
            budget.administration[t] = budget.admin * budget.appropriation[t]
        elif total > budget.available[t]:
            return [money * (budget.available[t] / total) for money in asked]
        self.unallocated[t] = budget.available[t] - total
        return asked

    # ---- a unit's year

    def settle(self, unit, t):
        """Sections 4-7 for one active unit: match, revenue, federal money, cost, cash, survival."""
        row = {"active": 1, "lagging": int(unit.lagging)}
        row["own_revenue"], counted = self.own_revenue(unit, t)
        committed, match = self.partners(unit, t)
        needed = self.required_match(unit, t) * unit.ledger["entitlement"][t]
        lift = self.response(needed, sum(match) + counted, sum(match))
        committed, match = [lift * c for c in committed], [lift * m for m in match]
        row["committed_match"], row["match"] = sum(committed), sum(match)
        row["match_cash"] = sum(number(source, "cash_share", 1.0) * m
                                for source, m in zip(self.sources.values(), match))
        row["federal"] = self.federal(unit, t, row["match"] + counted)
        row.update(self.cost_and_cash(unit, t, row))
        self.record(unit, t, row, match)

    def record(self, unit, t, row, match):
        """Writes the year into the unit's ledger and memory; closes the unit if it fails."""
        for name, value in row.items():
            unit.ledger[name][t] = value
        for k, (source, m) in enumerate(zip(self.sources.values(), match)):
            unit.by_source[k][t] = m
            unit.net_match[t] += number(source, "additionality", 1.0) * m
        unit.resources[t] = row["spending"] + row["in_kind_used"]
        unit.income[t] = row["federal"] + row["match"] + row["own_revenue"]
        unit.closed = row["written_off"] > 0

    # ---- section 4

    def partners(self, unit, t):
        """(committed_k, M_k) of every source, before the response."""
        age, S, e = t - unit.start, unit.ledger["scale"][t], unit.ledger["entitlement"][t]
        committed = []
        for k, source in self.sources.items():
            stick = number(source, "stickiness", 1.0)
            multiplier = number(source, "lagging_multiplier", 1.0) if unit.lagging else 1.0
            committed.append(
                required(source, "ratio") * ramp(source, age) * multiplier
                * (stick * S + (1.0 - stick) * e)
                * math.exp(number(source, "cyclicality") * self.world.macro["activity"][t])
                * self.match_shock(unit, k, number(source, "volatility"), t))
        return committed, [number(source, "conversion", 1.0) * c
                           for source, c in zip(self.sources.values(), committed)]

    def match_shock(self, unit, k, sigma, t):
        """LN(sigma, sqrt(kappa) z^k_t + sqrt(1 - kappa) z^m_{u,t})."""
        if not sigma:
            return 1.0
        common = number(self.match, "common_share")
        z = (self.world.normal(math.sqrt(common), f"programs/{self.id}/source/{k}", t)
             + self.world.normal(math.sqrt(1.0 - common), unit.path + "/match", t))
        return mean_one(sigma, z)

    def required_match(self, unit, t):
        """m of the unit this year; only `grant` asks for match."""
        if self.instrument != "grant" or self.match.get("required") is None:
            return 0.0
        m = by_age(self.match["required"], t - unit.start)
        waiver = number(self.match, "recession_waiver") * self.world.macro["recession"][t]
        counting = self.sources or any(s.get("counts_as_match") for s in self.streams.values())
        if m > 0 and not counting:
            raise StudyError("match is required and nothing could count as match")
        return m * (1.0 - waiver)

    def response(self, needed, qualifying, match):
        """Factor on commitments and match by which partners make up part of what is missing."""
        if match == 0:
            return 1.0
        return 1.0 + number(self.match, "response") * max(0.0, needed - qualifying) / match

    # ---- section 5

    def own_revenue(self, unit, t):
        """(sum of R_j, the part that counts as match)."""
        rho = number(section(self.node, "revenue"), "persistence")
        xi = self.revenue_shock(unit, rho, t)
        total = counted = 0.0
        for stream in self.streams.values():
            sigma = number(stream, "volatility")
            money = (required(stream, "ratio") * unit.ledger["scale"][t]
                     * ramp(stream, t - unit.start)
                     * math.exp(number(stream, "cyclicality") * self.world.macro["activity"][t])
                     * (mean_one(sigma, xi) if sigma else 1.0))
            total += money
            counted += money if stream.get("counts_as_match") else 0.0
        return total, counted

    def revenue_shock(self, unit, rho, t):
        """xi_t = rho xi_{t-1} + sqrt(1 - rho^2) z_t, first xi = z; shared by the unit's streams."""
        if not any(number(stream, "volatility") for stream in self.streams.values()):
            return 0.0
        z = self.world.draws.normal(unit.path + "/revenue", t)
        unit.xi = z if unit.xi is None else rho * unit.xi + math.sqrt(1.0 - rho * rho) * z
        return unit.xi

    # ---- sections 4 and 7: federal money drawn

    def federal(self, unit, t, qualifying):
        """F: drawn on a match, reimbursed, or paid as a prize."""
        e = unit.ledger["entitlement"][t]
        if self.instrument == "reimbursement":
            return self.reimbursed(unit, t, e)
        if self.instrument == "prize":
            return self.prize(unit, t, e)
        m = self.required_match(unit, t)
        return min(e, qualifying / m) if m > 0 else e

    def reimbursed(self, unit, t, e):
        """F_t = min(e_t, rate (X + I)_{t-lag} 1[u^v < pass])."""
        node = section(self.node, "reimbursement")
        rate, passing = required(node, "rate"), required(node, "pass")
        then = t - int(round(required(node, "lag")))
        if then >= 0:
            spent = unit.resources[then]
        elif unit.established:
            spent = required(self.cost, "ratio") * unit.ledger["scale"][0]
        else:
            spent = 0.0
        verified = self.world.happens(passing, unit.path + "/verify", t)
        return min(e, rate * spent) if verified else 0.0

    def prize(self, unit, t, e):
        """F = advance e in the first simulated year, later e if last year reached the target."""
        node, before = section(self.node, "prize"), t - 1
        if t == unit.first_year:
            return number(node, "advance") * e
        raised = unit.ledger["match"][before] + unit.ledger["own_revenue"][before]
        target = required(node, "target") * unit.ledger["scale"][before]
        return e if raised >= target - TOLERANCE * unit.ledger["full_cost"][before] else 0.0

    # ---- section 6

    def cost_and_cash(self, unit, t, row):
        """Section 6 for one unit and year: the ledger lines from `size` to `self_sustaining`."""
        cost = self.cost
        size = self.size(unit, t)
        unit.full_size_cost[t] = self.full_size_cost(unit, t)
        C = size * unit.full_size_cost[t]
        in_kind = min(row["match"] - row["match_cash"], number(cost, "in_kind_cap", 1.0) * C)
        need = C - in_kind
        held = self.opening(unit) if t == unit.first_year else unit.ledger["balance"][t - 1]
        interest = number(cost, "interest") * max(held, 0.0)
        income = row["federal"] + row["match_cash"] + row["own_revenue"]
        cash = held + interest + income
        spending = max(number(cost, "minimum_service") * need, min(cash, need),
                       cash - number(cost, "reserve_target") * C)
        balance, slack = cash - spending, TOLERANCE * C
        closes = balance < -number(cost, "credit") * C - slack
        sustains = row["federal"] <= 0.05 * C + slack and income >= need - slack and not closes
        return {"size": size, "full_cost": C, "in_kind_used": in_kind, "cash_need": need,
                "interest": interest, "spending": spending,
                "balance": 0.0 if closes else balance,
                "written_off": -balance if closes else 0.0,
                "shortfall": max(need - spending, 0.0),
                "service_level": min(1.0, (spending + in_kind) / C) if C != 0 else 1.0,
                "self_sustaining": int(sustains)}

    def full_size_cost(self, unit, t):
        """C° = ratio S LN(volatility, z^c)."""
        shock = self.world.factor(number(self.cost, "volatility"), unit.path + "/cost", t)
        return required(self.cost, "ratio") * unit.ledger["scale"][t] * shock

    def size(self, unit, t):
        """f: 1 in the first simulated year, then adapting to what the unit can live on."""
        if t == unit.first_year:
            return 1.0
        before, C = unit.ledger["size"][t - 1], unit.full_size_cost[t - 1]
        bearable = min(1.0, unit.income[t - 1] / C) if C != 0 else 1.0
        return before + number(self.cost, "adapt") * (bearable - before)

    def opening(self, unit):
        """H_{-1} = opening ratio S_0 for units older than the base year, 0 for new ones."""
        if not unit.established:
            return 0.0
        return number(self.cost, "opening") * required(self.cost, "ratio") * unit.ledger["scale"][0]

    # ---- section 9

    def totals(self):
        """What sections 8 and 9 need of this program."""
        result = Totals(self.world.years)
        self.add_units(result)
        put_budget(result.accounts, self.budget)
        result.accounts["unallocated"] = self.unallocated
        result.by_source = [[sum(unit.by_source[k][t] for unit in self.units)
                             for t in range(self.world.years)] for k in range(len(self.sources))]
        result.started = sum(unit.start < self.world.years for unit in self.units)
        result.survivors = sum(unit.active(self.world.years) for unit in self.units
                               if unit.start < self.world.years)
        result.sustaining = sum(unit.ledger["self_sustaining"][-1] for unit in self.units)
        return result

    def add_units(self, result):
        """Sums the units' ledgers into the accounts."""
        accounts = result.accounts
        for unit in self.units:
            line = unit.ledger
            for t in range(self.world.years):
                for name in ("federal", "committed_match", "match", "match_cash", "own_revenue",
                             "shortfall", "written_off", "balance", "active", "funded",
                             "self_sustaining"):
                    accounts[name][t] += line[name][t]
                accounts["lapsed"][t] += line["entitlement"][t] - line["federal"][t]
                accounts["match_in_kind"][t] += line["match"][t] - line["match_cash"][t]
                accounts["spending"][t] += unit.resources[t]
                result.net_match[t] += unit.net_match[t]
                result.entitlement[t] += line["entitlement"][t]
                result.cash_need[t] += line["cash_need"][t]
                region = result.lagging if unit.lagging else result.leading
                region["federal"][t] += line["federal"][t]
                region["spending"][t] += unit.resources[t]
                region["moved"][t] += line["match"][t] + line["own_revenue"][t]


def put_budget(accounts, budget):
    """Copies the lines of section 2 into the accounts."""
    for name in ("budget", "appropriation", "administration", "rescinded", "terminated",
                 "deferred"):
        accounts[name] = getattr(budget, name)


class Totals:
    """A program's (or the portfolio's) series by year, and its counts at the end."""

    def __init__(self, years):
        self.years = years
        self.accounts = {name: [0.0] * years for name in ACCOUNTS}
        self.by_source = []
        self.net_match = [0.0] * years     # sum of alpha_k M_k
        self.net_match_scale = [0.0] * years
        self.benefit_scale = [0.0] * years  # sum of |value net|
        self.entitlement = [0.0] * years
        self.cash_need = [0.0] * years
        # Federal money, spending, and match and own revenue, by kind of region.
        self.lagging, self.leading = ({name: [0.0] * years
                                       for name in ("federal", "spending", "moved")}
                                      for _ in range(2))
        self.started = self.survivors = self.sustaining = 0
        self.gross, self.net, self.driver = {}, {}, {}  # outcome -> series by year


# -------------------------------------------------------------------------------- 7 fund, guarantee

def pool_program(program_id, program, world):
    """(totals, N_ref) of an instrument without units: `fund` or `guarantee`."""
    node = section(program, "budget")
    plan = by_fiscal_year(node.get("plan"))
    if not plan:
        raise StudyError("a program without units needs a plan")
    budget = program_budget(program_id, node, False, world)
    r = reference_year(plan, [], False, world)
    result = Totals(world.years)
    put_budget(result.accounts, budget)
    result.accounts["federal"] = budget.available[:]
    flows = {"fund": fund, "guarantee": guarantee}[program["instrument"]]
    match, spending, receipts = flows(program_id, program[program["instrument"]], budget.available,
                                      world)
    for name in ("committed_match", "match", "match_cash"):
        result.accounts[name] = match[:]
    result.accounts["spending"], result.accounts["receipts"] = spending, receipts
    result.leading = {"federal": budget.available[:], "spending": spending[:], "moved": match[:]}
    alpha = number(program[program["instrument"]], "additionality", 1.0)
    result.net_match = [alpha * m for m in match]
    return result, reference_money(program, [], r, world)


def fund(program_id, node, money, world):
    """(match, invested, receipts) by year of a venture guidance fund."""
    T, prefix = world.years, f"programs/{program_id}"
    fee, hold = number(node, "fee"), int(round(required(node, "hold")))
    recycle, sigma = number(node, "recycle"), number(node, "return_volatility")
    match, invested, receipts, public = [], [], [], []
    recycled = 0.0
    for t in range(T):
        public.append(money[t] + recycled)
        match.append(required(node, "ratio") * public[t]
                     * world.factor(number(node, "volatility"), prefix + "/coinvestment", t))
        invested.append((1.0 - fee) * (public[t] + match[t]))
        proceeds, vintage = 0.0, t - hold
        if vintage >= 0:
            growth = (required(node, "multiple")
                      * math.exp(number(node, "return_cyclicality") * world.macro["activity"][t])
                      * world.factor(sigma, prefix + "/return", vintage))
            proceeds = (1.0 - fee) * public[vintage] * growth  # the public share, pro rata
        recycled = recycle * proceeds
        receipts.append(proceeds - recycled)
    unreturned = sum((1.0 - fee) * public[t] for t in range(T) if t + hold > T - 1)
    receipts[T - 1] += unreturned + recycled
    return match, invested, receipts


def guarantee(program_id, node, money, world):
    """(match, new loans, receipts) by year of a guarantee pool."""
    T, repaid = world.years, 1.0 - 1.0 / number(node, "term", 1.0)
    gearing, cover = required(node, "gearing"), required(node, "cover")
    pool = book = 0.0
    loans = []
    for t in range(T):
        capital = pool * (1.0 + number(node, "interest")) + money[t]
        kept = repaid * book
        book = max(gearing * capital, kept)
        loans.append(book - kept)
        pool = capital - min(capital, cover * default_rate(program_id, node, t, world) * book)
    owed = cover * required(node, "default") * (number(node, "term", 1.0) - 1.0) * book
    return loans, loans[:], [0.0] * (T - 1) + [max(0.0, pool - owed)]


def default_rate(program_id, node, t, world):
    """d_t = logistic(logit(default) - cyclicality y_t + volatility z^d_t)."""
    median = required(node, "default")
    if median == 0:
        return 0.0
    return logistic(math.log(median / (1.0 - median))
                    - number(node, "cyclicality") * world.macro["activity"][t]
                    + world.normal(number(node, "volatility"), f"programs/{program_id}/default", t))


# --------------------------------------------------------------------------------------- 8 outcomes

@dataclass
class Reference:
    """What outcomes are measured against: N_ref, the cost ratio, and whether units are older."""

    n_ref: float
    admin: float
    cost_ratio: float
    older_unit: bool

    def dollars(self, driver):
        """G_ref of a driver."""
        return {"appropriation": self.n_ref / (1.0 - self.admin), "federal": self.n_ref,
                "spending": self.cost_ratio * self.n_ref}[driver]


def add_outcomes(program_id, program, totals, reference, world):
    """Section 8: driver dollars, gross and net of every outcome, into the totals."""
    for name, node in named(program, "outcomes").items():
        driver = required(node, "driver")
        G = driver_dollars(driver, totals)
        lagged = distributed_lag(G, node, reference.older_unit)
        gross = [gross_outcome(f"programs/{program_id}/outcome/{name}", name, node, lagged[t],
                               reference.dollars(driver), t, world) for t in range(world.years)]
        totals.driver[name], totals.gross[name] = G, gross
        totals.net[name] = [gross[t] * net_share(node, lagging_share(driver, totals, t))
                            for t in range(world.years)]


def driver_dollars(driver, totals):
    """G_t: appropriation (A - rescinded), federal, or spending."""
    accounts = totals.accounts
    if driver == "appropriation":
        return [a - x for a, x in zip(accounts["appropriation"], accounts["rescinded"])]
    if driver in ("federal", "spending"):
        return accounts[driver][:]
    raise StudyError(f"driver {driver}")


def distributed_lag(G, node, older_unit):
    """L_t = (1 - q) G_t + q L_{t-1}, q = lag/(1 + lag), L_{-1} = history G_0."""
    lag = number(node, "lag")
    q = lag / (1.0 + lag)
    L, series = number(node, "history", 1.0 if older_unit else 0.0) * G[0], []
    for dollars in G:
        L = (1.0 - q) * dollars + q * L
        series.append(L)
    return series


def gross_outcome(draw, name, node, L, G_ref, t, world):
    """gross_t of section 8; jobs are per real million."""
    if L == 0:
        return 0.0
    price = world.macro["price_index"][t]
    gross = (required(node, "multiplier") * L
             * math.exp(number(node, "cyclicality") * world.macro["activity"][t])
             * world.factor(number(node, "volatility"), draw, t))
    if G_ref != 0:
        gross *= (L / (price * G_ref)) ** (number(node, "returns_to_scale", 1.0) - 1.0)
    return gross / price if name == "jobs" else gross


def lagging_share(driver, totals, t):
    """l: the lagging units' share of federal money, or of spending; 0 where undefined."""
    account = "spending" if driver == "spending" else "federal"
    whole = totals.accounts[account][t]
    return totals.lagging[account][t] / whole if whole > 0 else 0.0


def net_share(node, lagging):
    """net/gross: less displacement, times additionality, which differs in lagging regions."""
    alpha = number(node, "additionality", 1.0)
    there = min(1.0, alpha * number(node, "lagging_multiplier", 1.0))
    mixed = alpha if alpha < 0 else (1.0 - lagging) * alpha + lagging * there
    return (1.0 - number(node, "displacement")) * mixed


# --------------------------------------------------------------------------------------- 9 accounts

def close_accounts(program, totals, world):
    """The accounts of section 9 that follow from the others."""
    rates, accounts = section(world.study, "accounts"), totals.accounts
    for t in range(world.years):
        accounts["treasury_cost"][t] = (accounts["federal"][t] + accounts["administration"][t]
                                        - accounts["receipts"][t])
        values = [value_of(name, node, world.macro["price_index"][t]) * totals.net[name][t]
                  for name, node in named(program, "outcomes").items()]
        accounts["benefit"][t] = sum(values)
        totals.benefit_scale[t] = sum(abs(value) for value in values)
        accounts["tax"][t] = number(rates, "tax_rate") * accounts["benefit"][t]
        accounts["social_cost"][t] = (
            (1.0 + number(rates, "excess_burden")) * accounts["treasury_cost"][t]
            + number(rates, "opportunity") * accounts["match"][t] + accounts["written_off"][t])
        totals.net_match_scale[t] = accounts["match"][t]


def value_of(name, node, price):
    """Value added per unit of outcome, nominal."""
    return number(node, "value") * (price if name == "jobs" else 1.0)


def portfolio_totals(programs, world):
    """Section 9: money and gross outcomes add up; net ones count 1 - (1 - coordination) overlap."""
    whole = Totals(world.years)
    coordination = number(section(world.study, "portfolio"), "coordination")
    for node, part in programs:
        weight = 1.0 - (1.0 - coordination) * number(node, "overlap")
        for name in ACCOUNTS:
            share = weight if name in ("benefit", "tax") else 1.0
            add(whole.accounts[name], part.accounts[name], share)
        for name in ("net_match", "net_match_scale", "benefit_scale", "entitlement", "cash_need"):
            add(getattr(whole, name), getattr(part, name))
        for name in part.lagging:
            add(whole.lagging[name], part.lagging[name])
            add(whole.leading[name], part.leading[name])
        for name in part.gross:
            add(whole.gross.setdefault(name, [0.0] * world.years), part.gross[name])
            add(whole.net.setdefault(name, [0.0] * world.years), part.net[name], weight)
            add(whole.driver.setdefault(name, [0.0] * world.years), part.driver[name])
        whole.started += part.started
        whole.survivors += part.survivors
        whole.sustaining += part.sustaining
    return whole


def add(total, series, weight=1.0):
    """total += weight series."""
    for t, value in enumerate(series):
        total[t] += weight * value


# A horizon output, and the size of the terms that were added up to make it: what rounding is
# measured against where terms of both signs meet.
Output = namedtuple("Output", "value scale")
UNDEFINED = Output(math.nan, math.nan)


def ratio(numerator, denominator, numerator_scale=None, denominator_scale=None):
    """A ratio; undefined where the denominator is not positive."""
    if denominator <= 0:
        return UNDEFINED
    value = numerator / denominator
    top = abs(numerator) if numerator_scale is None else numerator_scale
    bottom = denominator if denominator_scale is None else denominator_scale
    return Output(value, top / denominator + abs(value) * bottom / denominator)


def horizon_outputs(totals, world):
    """Section 9: every output over the horizon, {name: Output}."""
    outputs = leverage_outputs(totals, world)
    outputs.update(return_outputs(totals, world))
    outputs.update(unit_outputs(totals))
    for name, gross in totals.gross.items():
        outputs[f"{name}_per_dollar"] = ratio(sum(gross), sum(totals.driver[name]))
    return outputs


def leverage_outputs(totals, world):
    """The leverage ratios of section 9, of present values but for commitment_ratio."""
    def pv(series):
        return present_value(series, world)

    account, lagging, leading = totals.accounts, totals.lagging, totals.leading
    federal, match, own = pv(account["federal"]), pv(account["match"]), pv(account["own_revenue"])
    investment = pv(totals.gross["investment"]) if "investment" in totals.gross else 0.0
    return {
        "leverage_ratio": ratio(match + own, federal),
        "cofinancing_ratio": ratio(match, federal),
        "net_leverage_ratio": ratio(pv(totals.net_match), federal, pv(totals.net_match_scale)),
        "multiplier_effect": ratio(federal + match + investment, federal),
        "commitment_ratio": ratio(sum(account["committed_match"]), sum(account["federal"])),
        "lagging_federal_share": ratio(sum(lagging["federal"]), sum(account["federal"])),
        "leverage_ratio_lagging": ratio(pv(lagging["moved"]), pv(lagging["federal"])),
        "leverage_ratio_leading": ratio(pv(leading["moved"]), pv(leading["federal"])),
    }


def return_outputs(totals, world):
    """Benefits against costs, taxes against the treasury's cost, and when they pay back."""
    def pv(series):
        return present_value(series, world)

    account, rates = totals.accounts, section(world.study, "accounts")
    benefit, social, tax = pv(account["benefit"]), pv(account["social_cost"]), pv(account["tax"])
    treasury, gain_scale = pv(account["treasury_cost"]), pv(totals.benefit_scale)
    paid_scale = (pv(account["federal"]) + pv(account["administration"]) + pv(account["receipts"]))
    social_scale = ((1.0 + number(rates, "excess_burden")) * paid_scale
                    + number(rates, "opportunity") * pv(account["match"])
                    + pv(account["written_off"]))
    tax_scale = number(rates, "tax_rate") * gain_scale
    return {
        "npv": Output(benefit - social, gain_scale + social_scale),
        "benefit_cost_ratio": ratio(benefit, social, gain_scale, social_scale),
        "fiscal_return": ratio(tax, treasury, tax_scale, paid_scale),
        "payback_year": Output(payback_year(totals, world), 0.0),
    }


def payback_year(totals, world):
    """First year in which taxes have paid back: +inf is never, NaN is undefined."""
    cost = tax = 0.0
    begun = False
    for t in range(world.years):
        discount = world.macro["discount_factor"][t]
        cost += totals.accounts["treasury_cost"][t] * discount
        tax += totals.accounts["tax"][t] * discount
        begun = begun or cost > 0
        if begun and tax >= cost:
            return world.base_year + t
    return math.inf if begun else math.nan


def unit_outputs(totals):
    """Shares of started units and of the money meant for them."""
    entitled, need = sum(totals.entitlement), sum(totals.cash_need)
    return {
        "survival_share": ratio(totals.survivors, totals.started),
        "self_sustaining_share": ratio(totals.sustaining, totals.started),
        "lapse_rate": ratio(sum(totals.accounts["lapsed"]), entitled, entitled),
        "shortfall_rate": ratio(sum(totals.accounts["shortfall"]), need, need),
    }


def present_value(series, world):
    """PV(x) = sum of x_t D_t, in base-year dollars."""
    return sum(x * d for x, d in zip(series, world.macro["discount_factor"]))


# --------------------------------------------------------------------------------------- one sample

@dataclass
class Sample:
    """Everything the model makes of one sample."""

    macro: dict        # name -> series
    programs: dict     # program -> Totals
    units: dict        # program -> [Unit]
    outputs: dict      # program or "portfolio" -> {name: Output}


def simulate(study, values, draws):
    """One sample of a study: `values` of its quantities by path, `draws` as of draws.Draws."""
    fixed = quantities.with_values(quantities.with_string_keys(study), values)
    horizon = fixed["horizon"]
    world = World(int(horizon["base_year"]), int(horizon["years"]), draws, fixed)
    world.macro = macro_economy(world)
    programs, units = {}, {}
    for program_id, program in named(fixed, "programs").items():
        try:
            programs[program_id], units[program_id] = simulate_program(program_id, program, world)
        except StudyError as error:
            raise StudyError(f"programs/{program_id}: {error}") from None
    outputs = {name: horizon_outputs(totals, world) for name, totals in programs.items()}
    whole = portfolio_totals([(fixed["programs"][name], part) for name, part in programs.items()],
                             world)
    outputs["portfolio"] = horizon_outputs(whole, world)
    return Sample(world.macro, programs, units, outputs)


def simulate_program(program_id, program, world):
    """(totals, units) of one program."""
    admin = number(section(program, "budget"), "admin")
    if program["instrument"] in UNIT_INSTRUMENTS:
        run = UnitProgram(program_id, program, world).run()
        totals, units = run.totals(), run.units
        reference = Reference(run.n_ref, admin, required(run.cost, "ratio"), run.has_older_unit())
    elif program["instrument"] in ("fund", "guarantee"):
        totals, n_ref = pool_program(program_id, program, world)
        units, reference = [], Reference(n_ref, admin, 1.0, False)
    else:
        raise StudyError(f"instrument {program['instrument']}")
    add_outcomes(program_id, program, totals, reference, world)
    close_accounts(program, totals, world)
    return totals, units


def simulate_sample(study, seed, sample):
    """One sample of a study, its quantities and draws generated here."""
    study = quantities.with_string_keys(study)
    return simulate(study, quantities.sample_values(study, seed, sample), Draws(seed, sample))


def as_json(outputs):
    """Outputs as JSON values: null is undefined, "never" a payback that never comes."""
    def plain(value):
        if math.isnan(value):
            return None
        return "never" if math.isinf(value) else value

    return {program: {name: plain(output.value) for name, output in rows.items()}
            for program, rows in outputs.items()}


def main():
    """Prints the horizon outputs of one sample."""
    parser = argparse.ArgumentParser(description="One sample of a study, by the reference model.")
    parser.add_argument("study")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with open(options.study, encoding="utf-8") as file:
        study = quantities.load_study(file.read())
    sample = simulate_sample(study, options.seed, options.sample)
    json.dump(as_json(sample.outputs), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
