"""A program for the numpy peers: its outcomes (section 8 of the model), and how its parts hang together."""
import numpy as np

from numpy_accounts import ACCOUNTS, ROUNDING, Sums, close_accounts, horizon, leverage_by_year
from numpy_study import Refused, Sampled
from numpy_units import Units, is_zero
from numpy_world import Budget


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

    def evaluate(self, views, world, value, normals, simulate_units, rates):
        """All outputs of the program for a chunk; gives what the portfolio adds up."""
        single, block, annual, by_source, gross, net = views
        block[...] = 0.0
        accounts = dict(zip(ACCOUNTS, block))
        money, live = self.budget.appropriate(accounts, self.units.older, world, value, normals)
        reference = self.reference_money(value)
        regional = any(outcome.regional for outcome in self.outcomes.values())
        flows = simulate_units(self.units, world, value, normals, (self.reference, reference), money, live,
                               regional)
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
