#!/usr/bin/env python3
"""A study as a flat list of numbers, for the hand-written C peer (portfolio_gsl.c).

    fulcrum check --canonical STUDY.yaml | flatten.py > STUDY.flat

reads the resolved study, in which every default stands, and writes blank-separated numbers in the
order in which portfolio_gsl_study.c reads them. Every quantity of the study becomes a row: a constant
or a distribution; all else refers to rows by number. Whatever the baseline study does not use is
refused: another instrument, family, or key.
"""

import argparse
import math
import sys

import numpy
import yaml

REMARKS = {"name", "name_zh", "source", "unit", "note"}
CONSTANT, UNIFORM, TRIANGULAR, TRUNCATED_NORMAL, LOGNORMAL, BETA = range(6)
INSTRUMENTS = ("grant", "prize")
MODES = ("award", "share")
SHAPES = ("constant", "linear", "step")
DRIVERS = ("appropriation", "federal", "spending")
LAST_AGE = 64  # ramps are tabulated up to this age
PROBABILITY_95 = 1.6448536269514722  # normal quantile of 0.95
ACCOUNTS = (
    "budget appropriation lapsed unallocated administration rescinded terminated deferred federal "
    "receipts treasury_cost committed_match match match_cash match_in_kind own_revenue spending "
    "shortfall written_off balance active funded self_sustaining benefit tax social_cost").split()
HORIZON = (
    "leverage_ratio cofinancing_ratio net_leverage_ratio multiplier_effect commitment_ratio npv "
    "benefit_cost_ratio fiscal_return payback_year survival_share self_sustaining_share lapse_rate "
    "shortfall_rate lagging_federal_share leverage_ratio_lagging leverage_ratio_leading").split()


class Refused(ValueError):
    """The study has what the peer does not compute."""


class Section:
    """A mapping of the study whose keys are taken one by one; what is left at the end is refused."""

    def __init__(self, node, path):
        self.node = {k: v for k, v in (node or {}).items() if str(k) not in REMARKS}
        self.path = path

    def take(self, key, default=None):
        """The value of a key, its default where the study has none."""
        if key not in self.node and default is None:
            raise Refused(f"{self.path}/{key} is missing")
        return self.node.pop(key, default)

    def below(self, key, default=None):
        """The section of a key."""
        return Section(self.take(key, default), f"{self.path}/{key}" if self.path else key)

    def members(self):
        """(name, section) of every key: a mapping by names that the study gives."""
        return [(name, self.below(name)) for name in list(self.node)]

    def end(self):
        """To be called when all that is known has been taken."""
        if self.node:
            raise Refused(f"{self.path}: the peer does not know {', '.join(map(str, self.node))}")


def beta_row(low, mode, high, shape):
    """PERT as the beta it is."""
    width = high - low
    return (BETA, 1 + shape * (mode - low) / width, 1 + shape * (high - mode) / width, low, high)


def distribution(family, p, path):
    """The row of a family with its parameters."""
    known = {
        "uniform": ({"min", "max"}, lambda: (UNIFORM, p["min"], p["max"])),
        "triangular": ({"min", "mode", "max"},
                       lambda: (TRIANGULAR, p["min"], p["mode"], p["max"])),
        "truncated_normal": ({"mean", "sd", "min", "max"},
                             lambda: (TRUNCATED_NORMAL, p["mean"], p["sd"], p["min"], p["max"])),
        "lognormal": ({"median", "p95"},
                      lambda: (LOGNORMAL, math.log(p["median"]),
                               math.log(p["p95"] / p["median"]) / PROBABILITY_95)),
        "pert": ({"min", "mode", "max"}, lambda: beta_row(p["min"], p["mode"], p["max"], 4.0)),
        "beta": ({"a", "b"}, lambda: (BETA, p["a"], p["b"], 0.0, 1.0)),
    }
    if family not in known or set(p) != known[family][0]:
        raise Refused(f"{path}: the peer does not know {family} with {', '.join(p)}")
    return known[family][1]()


class Rows:
    """The quantities: constants once each, distributions by their paths."""

    def __init__(self):
        self.rows, self.constants, self.paths = [], {}, {}

    def constant(self, value):
        """The row of a number."""
        value = float(value)
        if value not in self.constants:
            self.constants[value] = len(self.rows)
            self.rows.append((CONSTANT, value))
        return self.constants[value]

    def add(self, node, path):
        """The row of a quantity."""
        if not isinstance(node, dict):
            return self.constant(node)
        families = [key for key in node if key not in REMARKS]
        if len(families) != 1:
            raise Refused(f"{path} is not a quantity")
        family, parameters = families[0], node[families[0]]
        if family == "fixed":
            return self.constant(parameters)
        self.paths[path] = len(self.rows)
        self.rows.append(distribution(family, parameters, path))
        return self.paths[path]

    def of(self, section, *keys, default=None):
        """Rows of some keys of a section."""
        return [self.add(section.take(key, default), f"{section.path}/{key}") for key in keys]

    def plain(self, section, key):
        """The number of a key that must not be uncertain."""
        row = self.rows[self.add(section.take(key), f"{section.path}/{key}")]
        if row[0] != CONSTANT:
            raise Refused(f"{section.path}/{key} is uncertain")
        return row[1]

    def schedule(self, node, path):
        """Length and rows of a schedule by age."""
        entries = node if isinstance(node, list) else [node]
        if len(entries) > LAST_AGE:
            raise Refused(f"{path} is too long")
        single = not isinstance(node, list)
        return [len(entries)] + [self.add(entry, path if single else f"{path}/{i}")
                                 for i, entry in enumerate(entries)]


class Flattener:
    """Walks the study in the order of the flat file."""

    def __init__(self, study):
        self.study = Section(study, "")
        self.rows = Rows()
        horizon = self.study.below("horizon")
        self.base_year, self.years = int(horizon.take("base_year")), int(horizon.take("years"))
        horizon.end()
        self.sources, self.outcomes, self.programs = [], [], []

    def flatten(self):
        """All numbers, as a list."""
        for ignored in ("fulcrum", "title", "title_zh", "targets", "references", "include"):
            self.study.take(ignored, 0)
        world = self.macro() + self.accounts()
        programs = []
        for name, section in self.study.below("programs").members():
            programs += self.program(name, section)
        tied = self.tied(self.study.take("dependence", []))
        self.study.end()
        rows = [number for row in self.rows.rows for number in (len(row) - 1, *row)]
        return ([self.years, self.base_year, len(self.rows.rows)] + rows + tied + world
                + [len(self.sources), len(self.outcomes), len(self.programs)] + programs)

    def macro(self):
        """Section 1 of the model."""
        macro = self.study.below("macro")
        recession, activity, inflation = map(macro.below, ("recession", "activity", "inflation"))
        numbers = (self.rows.of(recession, "entry", "exit", "depth")
                   + self.rows.of(activity, "persistence", "volatility")
                   + self.rows.of(inflation, "mean", "persistence", "volatility")
                   + self.rows.of(macro, "discount_rate", "fiscal_common"))
        for section in (recession, activity, inflation, macro):
            section.end()
        return numbers

    def accounts(self):
        """Rates of section 9."""
        accounts, portfolio = self.study.below("accounts"), self.study.below("portfolio")
        numbers = self.rows.of(accounts, "tax_rate", "excess_burden", "opportunity")
        numbers += self.rows.of(portfolio, "coordination")
        accounts.end()
        portfolio.end()
        return numbers

    def tied(self, pairs):
        """Rows of the Gaussian copula and its lower Cholesky factor."""
        paths = sorted({path for entry in pairs for path in entry["pair"]})
        place = {path: i for i, path in enumerate(paths)}
        correlation = numpy.eye(len(paths))
        for entry in pairs:
            i, j = (place[path] for path in entry["pair"])
            correlation[i, j] = correlation[j, i] = 2 * math.sin(math.pi * entry["rank"] / 6)
        factor = numpy.linalg.cholesky(correlation)
        rows = [self.rows.paths[path] for path in paths]
        if any(self.rows.rows[row][0] not in (LOGNORMAL, BETA) for row in rows):
            raise Refused("dependence of other than lognormal, PERT and beta quantities")
        return [len(paths)] + rows + [factor[i, j] for i in range(len(paths)) for j in range(i + 1)]

    # ---- a program

    def program(self, name, section):
        """One program."""
        instrument = section.take("instrument")
        if instrument not in INSTRUMENTS:
            raise Refused(f"instrument {instrument}")
        member = {"name": name, "sources": [], "outcomes": []}
        self.programs.append(member)
        units = section.below("units")
        cohorts = [(int(c["start"]) - self.base_year, int(c["count"]))
                   for c in units.take("cohorts")]
        numbers = [INSTRUMENTS.index(instrument)] + self.rows.of(section, "overlap")
        numbers += self.budget(section.below("budget"), cohorts)
        numbers += self.units(units, cohorts)
        numbers += self.taper(section.below("taper", {"shape": "constant"}))
        numbers += self.match(section.below("match"), member)
        numbers += self.revenue(section.below("revenue", {}))
        numbers += self.cost(section.below("cost"))
        prize = section.below("prize", {"advance": 0, "target": 0})
        numbers += self.rows.of(prize, "advance", "target")
        prize.end()
        numbers += self.outcome_list(section.below("outcomes"), member)
        section.end()
        return numbers

    def budget(self, budget, cohorts):
        """Section 2: the plan by year as (row or -1, years of growth since its last entry)."""
        mode = budget.take("mode")
        plan = {int(year): value for year, value in budget.take("plan", {}).items()
                if str(year).isdigit()}
        rows = {year: self.rows.add(plan[year], f"{budget.path}/plan/{year}") for year in plan}
        entries = []
        for year in range(self.base_year, self.base_year + self.years):
            last = max((entry for entry in rows if entry <= year), default=None)
            grown = year - last if last is not None and last == max(rows) else 0
            entries += [rows.get(last, -1), grown]
        none = {"probability": 0, "share": 0}
        delay, rescission = budget.below("delay", none), budget.below("rescission", none)
        termination = budget.below("termination", {"hazard": 0, "from_year": 0})
        first = int(self.rows.plain(termination, "from_year")) - self.base_year
        numbers = [MODES.index(mode), int(bool(plan)), self.reference_year(rows, cohorts), first]
        numbers += entries
        numbers += self.rows.of(budget, "growth", "volatility", "persistence", "admin")
        for section in (delay, rescission):
            numbers += self.rows.of(section, "probability", "share")
        numbers += self.rows.of(termination, "hazard")
        for section in (budget, delay, rescission, termination):
            section.end()
        return numbers

    def reference_year(self, plan, cohorts):
        """First year with a plan in force and a started unit, or -1."""
        for t in range(self.years):
            planned = not plan or min(plan) <= self.base_year + t
            if planned and any(start <= t for start, _ in cohorts):
                return t
        return -1

    def units(self, units, cohorts):
        """Section 3."""
        if units.take("indexed", False) is not False:
            raise Refused("indexed awards")
        numbers = [len(cohorts)] + [number for cohort in cohorts for number in cohort]
        numbers += self.rows.schedule(units.take("award", 0), f"{units.path}/award")
        numbers += self.rows.of(units, "size_dispersion", "lagging_share", default=0)
        gates = units.take("gates", [])
        numbers += [len(gates)]
        for i, gate in enumerate(gates):
            gate = Section(gate, f"{units.path}/gates/{i}")
            numbers += [int(gate.take("age"))] + self.rows.of(gate, "pass")
            gate.end()
        units.end()
        return numbers

    def taper(self, taper):
        """Shape, start, length and floor."""
        shape = taper.take("shape")
        if shape not in SHAPES:
            raise Refused(f"{taper.path}: shape {shape}")
        numbers = [SHAPES.index(shape)]
        numbers += self.rows.of(taper, "start", default=0)
        numbers += self.rows.of(taper, "length", default=1) + self.rows.of(taper, "floor", default=0)
        taper.end()
        return numbers

    def ramp(self, section):
        """Whether there is a ramp, its half age and width, which must be plain numbers."""
        if "ramp" not in section.node:
            return [0, 0.0, 1.0]
        ramp = section.below("ramp")
        numbers = [1, self.rows.plain(ramp, "half_age"), self.rows.plain(ramp, "width")]
        ramp.end()
        return numbers

    def match(self, match, member):
        """Section 4."""
        numbers = self.rows.of(match, "common_share", "response", "recession_waiver", default=0)
        numbers += self.rows.schedule(match.take("required", 0), f"{match.path}/required")
        sources = match.below("sources").members()
        numbers += [len(sources)]
        for name, source in sources:
            numbers += [place_of(name, self.sources)]
            numbers += self.rows.of(source, "ratio", "volatility", "cyclicality", "stickiness",
                                    "conversion", "cash_share", "lagging_multiplier",
                                    "additionality")
            numbers += self.ramp(source)
            member["sources"].append(name)
            source.end()
        match.end()
        return numbers

    def revenue(self, revenue):
        """Section 5."""
        numbers = self.rows.of(revenue, "persistence", default=0)
        streams = revenue.below("streams", {}).members()
        numbers += [len(streams)]
        for _, stream in streams:
            numbers += [int(stream.take("counts_as_match"))]
            numbers += self.rows.of(stream, "ratio", "volatility", "cyclicality")
            numbers += self.ramp(stream)
            stream.end()
        revenue.end()
        return numbers

    def cost(self, cost):
        """Section 6."""
        numbers = self.rows.of(cost, "ratio", "volatility", "adapt", "in_kind_cap",
                               "minimum_service", "reserve_target", "credit", "interest",
                               "opening")
        cost.end()
        return numbers

    def outcome_list(self, outcomes, member):
        """Section 8."""
        members = outcomes.members()
        numbers = [len(members)]
        for name, outcome in members:
            numbers += [place_of(name, self.outcomes), int(name == "jobs"),
                        int(name == "investment"), DRIVERS.index(outcome.take("driver"))]
            numbers += self.rows.of(outcome, "multiplier", "lag", "history", "volatility",
                                    "cyclicality", "returns_to_scale", "additionality",
                                    "lagging_multiplier", "displacement", "value")
            member["outcomes"].append(name)
            outcome.end()
        return numbers

    # ---- what comes out

    def outputs(self):
        """(metric, program, member or None, year or None) of each output in the peer's order."""
        members = self.programs + [{"name": "portfolio", "sources": self.sources,
                                    "outcomes": self.outcomes}]
        years, found = range(self.years), []
        for program in members:
            name = program["name"]
            found += [(account, name, None, t) for account in ACCOUNTS for t in years]
            found += [("match_by_source", name, k, t) for k in program["sources"] for t in years]
            for metric in ("outcome_gross", "outcome_net"):
                found += [(metric, name, o, t) for o in program["outcomes"] for t in years]
            found += [(metric, name, None, None) for metric in HORIZON]
            found += [(f"{o}_per_dollar", name, None, None) for o in program["outcomes"]]
        found += [("annual_leverage", program["name"], None, t) for program in members
                  for t in years]
        return found


def load(text):
    """A resolved study from its text or file."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def place_of(name, names):
    """The number of a name among those of the portfolio, which it joins."""
    if name not in names:
        names.append(name)
    return names.index(name)


def main():
    """Standard input or a file to standard output."""
    parser = argparse.ArgumentParser(description="A resolved study as numbers for portfolio_gsl.")
    parser.add_argument("resolved", nargs="?", type=argparse.FileType(encoding="utf-8"),
                        default=sys.stdin, help="what `fulcrum check --canonical` prints")
    study = load(parser.parse_args().resolved)
    try:
        print("\n".join(f"{number:.17g}" for number in Flattener(study).flatten()))
    except Refused as error:
        sys.exit(f"flatten.py: {error}")


if __name__ == "__main__":
    main()
