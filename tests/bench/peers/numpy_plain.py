"""Units of a program in numpy as one writes it first (sections 3 to 7 of the model): grants and prizes.

The equations of the model one after the other, in dollars, as plain expressions on arrays of units by
samples: the started units of a year are one array, and what is the same for all of them, (samples,),
broadcasts. A closed unit has scale 0, so that all of its money is 0. It is careful: no loop over units or
samples, factors of a year are multiplied before they meet an array of units, and units that have not
started, gates, requirements and multipliers that a program does not have cost nothing. What `numpy_tuned`
does beyond that is not done here.
"""
import functools

import numpy as np

from numpy_units import TOLERANCE, Flows

TINY = 1e-300  # in place of a denominator of 0


def simulator():
    """What simulates units; it keeps nothing from call to call."""
    return simulate_units


def simulate_units(units, world, value, normals, reference, money, live, lagging_spending):
    """All flows of a program's units, year after year."""
    flows = Flows.zero(world.shape, len(units.sources))
    if units.count:
        run = Run(units, world, value, normals, flows, reference)
        for t in range(units.years):
            if units.started[t]:
                run.year(t, None if money is None else money[t], live[t], lagging_spending)
    return flows


def total(parts):
    """The sum of some arrays."""
    return functools.reduce(np.add, parts) if parts else 0.0


class Run:
    """A program's units over the years, for a chunk of samples."""

    def __init__(self, units, world, value, normals, flows, reference):
        self.units, self.world, self.value, self.normals, self.flows = units, world, value, normals, flows
        self.start = np.repeat([c.start for c in units.cohorts], units.counts)
        shape, sigma = (units.count, world.shape[1]), units.size_dispersion
        self.size = np.exp(sigma * normals.new(shape) - sigma ** 2 / 2)
        self.real = self.real_scale(*reference)
        places = np.arange(units.count + 1)[:, None] * units.lagging_share
        moved = normals.rng.random(shape[1]) if 0.0 < units.lagging_share < 1.0 else np.zeros(shape[1])
        self.lagging = np.diff(np.floor(places + moved), axis=0)
        self.opened, self.passed = np.ones(shape, bool), np.ones(shape, bool)
        self.fraction, self.reserves, self.xi = np.ones(shape), np.zeros(shape), None
        self.raised = None  # whether a prize's target was met, the year before
        self.cost = {key: value(quantity) for key, quantity in units.cost.items()}
        self.shocks = [normals.new(world.shape) for _ in units.sources]
        self.lifts = [1.0 if source.lagging_multiplier == 1.0 else
                      1.0 + (value(source.lagging_multiplier) - 1.0) * self.lagging
                      for source in units.sources.values()]

    def real_scale(self, year, money):
        """Scales in prices of the base year, in award mode per dollar of award."""
        price = self.world.price
        if not self.units.share_mode:
            return self.size / price[np.maximum(self.start, 0)]
        return self.size * (money / (self.size[:self.units.started[year]].sum(axis=0) * price[year]))

    def per_unit(self, rows):
        """A value for each started cohort as one for each of its units."""
        rows = np.array(np.broadcast_arrays(*map(np.atleast_1d, rows)))
        return np.repeat(rows, self.units.counts[:len(rows)], axis=0)

    def by_age(self, schedule, ages):
        """A schedule by age for the started units."""
        if len(schedule) == 1:
            return self.value(schedule[0])
        return self.per_unit([self.value(self.units.at_age(schedule, age)) for age in ages])

    def year(self, t, money, live, lagging_spending):
        """A year of all units that have started."""
        units, cost, n = self.units, self.cost, self.units.started[t]
        ages = [t - cohort.start for cohort in units.cohorts if cohort.start <= t]
        if units.gates:
            self.meet_gates(ages)
        active = self.opened[:n].copy()
        award = 1.0 if units.share_mode else self.by_age(units.award, ages)
        scale = award * self.world.price[t] * self.real[:n] * active
        if t == 0:
            older = np.count_nonzero(self.start < 0)
            self.reserves[:older] = cost["opening"] * cost["ratio"] * scale[:older]
        funded = active & self.passed[:n] & live if units.gates else active & live
        taper = self.per_unit([units.taper_at(age, self.value) for age in ages])
        entitled = self.entitle(t, award * taper * self.size[:n] * funded, money)
        match = self.give_match(t, scale, entitled)
        own, counted = self.earn(t, scale)
        federal, given = entitled, total(match)
        if units.asks[t]:
            federal, given = self.draw(ages, entitled, match, given, counted)
        elif units.prize:
            federal = self.award_prize(entitled)
        in_kind = total([(1.0 - self.value(source.cash_share)) * part
                         for source, part in zip(units.sources.values(), match)])
        raised = given + own
        flows = {"active": active, "funded": funded, "federal": federal, "own_revenue": own}
        flows.update(self.spend(scale, federal, raised, in_kind))
        self.add_up(t, flows, match, raised, lagging_spending)

    def meet_gates(self, ages):
        """Who passes the gates of its age."""
        for cohort, age in zip(self.units.cohorts, ages):
            for chance in (chance for at, chance in self.units.gates if at == age):
                passed = self.passed[cohort.rows]
                passed &= self.normals.rng.random(passed.shape) < self.value(chance)

    def entitle(self, t, asked, money):
        """Entitlements out of what was asked for, or of shares in the money of the year."""
        whole = asked.sum(axis=0)
        available = whole if money is None else money
        given = np.where(whole > 0, available, 0.0) if self.units.share_mode else np.minimum(whole, available)
        self.flows.available[t], self.flows.entitlement[t] = available, given
        return asked if money is None else asked * (given / np.maximum(whole, TINY))

    def give_match(self, t, scale, entitled):
        """M of every source, before the response."""
        units, value, match = self.units, self.value, []
        z = self.normals.new(scale.shape)
        for source, shock, lift in zip(units.sources.values(), self.shocks, self.lifts):
            sigma, stays = source.volatility, value(source.stickiness)
            common = (value(source.cyclicality) * self.world.activity[t]
                      + sigma * np.sqrt(units.common) * shock[t] - sigma ** 2 / 2)
            ratio = value(source.ratio) * value(source.conversion)
            if source.ramp:
                ratio = ratio * units.ramp_at(source.ramp, t)
            pledge = ratio * (stays * scale + (1.0 - stays) * entitled)
            if np.ndim(lift):
                pledge *= lift[:len(scale)]
            match.append(pledge * np.exp(sigma * np.sqrt(1.0 - units.common) * z + common))
        return match

    def earn(self, t, scale):
        """Own revenue, and what of it counts as match."""
        units, value, rho = self.units, self.value, self.units.persistence
        if not units.streams:
            return np.zeros(scale.shape), 0.0
        xi = self.normals.new(scale.shape)
        if self.xi is not None:
            old = len(self.xi)
            xi[:old] = rho * self.xi + np.sqrt(1.0 - rho ** 2) * xi[:old]
        self.xi, money = xi, []
        for stream in units.streams:
            common = value(stream.cyclicality) * self.world.activity[t] - stream.volatility ** 2 / 2
            ratio = value(stream.ratio)
            if stream.ramp:
                ratio = ratio * units.ramp_at(stream.ramp, t)
            money.append(ratio * scale * np.exp(stream.volatility * xi + common))
        counted = [part for stream, part in zip(units.streams, money) if stream.counts]
        return total(money), total(counted) if counted else 0.0

    def draw(self, ages, entitled, match, given, counted):
        """Federal money drawn, and the match, of which partners have made up a share of what was missing."""
        required = self.by_age(self.units.required, ages)
        missing = np.maximum(required * entitled - (given + counted), 0.0)
        response = 1.0 + self.value(self.units.response) * missing / np.maximum(given, TINY)
        given = given * response
        for part in match:
            part *= response
        return np.minimum(entitled, (given + counted) / np.maximum(required, TINY)), given

    def award_prize(self, entitled):
        """An advance in the first year, then all to those whose partners met the target the year before."""
        old = 0 if self.raised is None else len(self.raised)
        federal = self.value(self.units.prize[0]) * entitled
        federal[:old] = entitled[:old] * self.raised
        return federal

    def spend(self, scale, federal, raised, in_kind):
        """Cost, cash, spending and survival; the flows of it."""
        cost, n, sigma = self.cost, len(scale), self.units.cost_volatility
        full = cost["ratio"] * scale * np.exp(sigma * self.normals.new(scale.shape) - sigma ** 2 / 2)
        size, income = self.fraction[:n] * full, federal + raised
        served = np.minimum(income / np.maximum(full, TINY), 1.0)
        self.fraction[:n] += cost["adapt"] * (served - self.fraction[:n])
        used = np.minimum(in_kind, cost["in_kind_cap"] * size)
        need, earned, held = size - used, income - in_kind, self.reserves[:n]
        cash = held + cost["interest"] * np.maximum(held, 0.0) + earned
        paid = np.maximum(np.minimum(cash, need), cost["minimum_service"] * need)
        paid = np.maximum(paid, cash - cost["reserve_target"] * size)
        left, margin = cash - paid, TOLERANCE * size
        stays = left >= -cost["credit"] * size - margin
        self.opened[:n] &= stays
        self.reserves[:n] = left * stays
        if self.units.prize:
            self.raised = raised >= self.value(self.units.prize[1]) * scale - margin
        return {"spending": paid + used, "shortfall": np.maximum(need - paid, 0.0), "cash_need": need,
                "left": left, "balance": self.reserves[:n], "self_sustaining": self.opened[:n]
                & (federal <= 0.05 * size + margin) & (earned >= need - margin)}

    def add_up(self, t, flows, match, raised, lagging_spending):
        """Sums over units of all flows of a year."""
        for name, series in flows.items():
            getattr(self.flows, name)[t] = series.sum(axis=0)
        for k, part in enumerate(match):
            self.flows.by_source[k, t] = part.sum(axis=0)
        lagging = self.lagging[:self.units.started[t]]
        self.flows.lagging_federal[t] = np.einsum("un,un->n", flows["federal"], lagging)
        self.flows.lagging_moved[t] = np.einsum("un,un->n", raised, lagging)
        if lagging_spending:
            self.flows.lagging_spending[t] = np.einsum("un,un->n", flows["spending"], lagging)
        self.flows.survivors[...] = self.opened[:len(lagging)].sum(axis=0)
