"""Accounts and ratios of the portfolio model for the numpy peers (section 9), arrays (years, samples)."""
import numpy as np

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
