"""Units of a program in numpy, tuned (sections 3 to 7 of the model): grants and prizes.

Arrays are units by samples; a year's work is done on the rows of the units that have started, in
place, in scratch that all programs share. Everything about a unit is proportional to its scale S, so
it is reckoned per dollar of S: its cost is then `ratio` times a shock, its reserves are in years of
scale, and S comes back once, as the weight by which units are summed into a program's accounts
(`weight` S = weight P_t, its price index being common to all). A closed unit has weight 0; what its
row holds from then on means nothing. What is the same for all units is one row, (samples,), and
broadcasts: entitlements, where units have one age and no gates.
"""
import functools

import numpy as np

from numpy_study import Refused, Sampled
from numpy_units import LEDGER, TOLERANCE, Flows, is_zero

BLOCK = 28000  # units times samples that are worked on at a time
NEVER = 1e300  # 1/m where no match is required
OWN_REVENUE, SPENDING, SHORTFALL, NEED, LEFT = range(len(LEDGER))


class Scratch:
    """Arrays of units by samples that every program uses anew, cut to its number of units."""

    def __init__(self):
        self.arrays, self.views, self.units, self.samples = {}, {}, 0, 0

    def cut(self, units, samples, sources):
        """Shapes for a program's units, of which a block of samples is at work."""
        self.units, self.samples = units, samples
        self.match = self.stack("matches", sources)
        self.ledger = self.stack("ledger", len(LEDGER))
        self.zero, self.one = np.zeros(samples), np.ones(samples)

    def flat(self, name, size, dtype=float):
        """The beginning of the memory of that name."""
        if name not in self.arrays or self.arrays[name].size < size:
            self.arrays[name] = np.empty(size, dtype)
        return self.arrays[name][:size]

    def stack(self, name, count):
        """So many arrays of all units behind each other."""
        size = count * self.units * self.samples
        return self.flat(name, size).reshape(count, self.units, self.samples)

    def take(self, name, rows, dtype=float):
        """The first rows of the array of that name."""
        key = name, rows, self.units, self.samples
        if key not in self.views:
            flat = self.flat(name, self.units * self.samples, dtype)
            self.views[key] = flat.reshape(self.units, self.samples)[:rows]
        return self.views[key]


def simulator():
    """What simulates units, with scratch of its own."""
    return functools.partial(simulate_units, Scratch())


def simulate_units(scratch, units, world, value, normals, reference, money, live, lagging_spending):
    """All flows of a program's units, a block of samples at a time so that arrays stay in the cache."""
    flows = Flows.zero(world.shape, len(units.sources))
    samples = world.shape[1]
    blocks = max(1, round(samples * units.count / BLOCK))
    ends = [samples * b // blocks for b in range(blocks + 1)]
    for lanes in map(slice, ends[:-1], ends[1:]):
        def part(quantity, lanes=lanes):
            found = value(quantity)
            return found[lanes] if np.ndim(found) else found

        scratch.cut(units.count, lanes.stop - lanes.start, len(units.sources))
        year, standard = reference
        run = Run(units, world.part(lanes), part, normals, scratch, flows.part(lanes),
                  (year, standard[lanes] if np.ndim(standard) else standard), lagging_spending)
        run.years(None if money is None else money[:, lanes], live[:, lanes])
    return flows


class Run:
    """A program's units over the years, for a chunk of samples."""

    def __init__(self, units, world, value, normals, scratch, flows, reference, lagging_spending):
        self.units, self.world, self.value, self.reference = units, world, value, reference
        self.normals, self.scratch, self.lagging_spending = normals, scratch, lagging_spending
        self.flows, samples, count = flows, world.shape[1], units.count
        self.weight, self.size, self.xi, self.share, self.needed, self.inverse = (
            scratch.take(name, count) for name in ("weight", "size", "xi", "share", "needed", "inverse"))
        self.balance = scratch.ledger[LEFT]  # what is left of one year is there in the next
        if len(units.required) == 1:
            self.needed = np.asarray(value(units.required[0]) + np.zeros(samples))
            self.inverse = inverse_of(self.needed)
        self.open, self.passed, self.raised = (
            scratch.take(name, count, bool) for name in ("open", "passed", "raised"))
        self.cost = {key: value(quantity) for key, quantity in units.cost.items()}
        self.limit = -(self.cost["credit"] + TOLERANCE)
        self.draw_sizes()
        self.prepare_match()
        self.prepare_revenue()

    # ---- what does not change from year to year

    def draw_sizes(self):
        """omega of all units into `weight`, and which of them are lagging."""
        units, sigma = self.units, self.units.size_dispersion
        self.omega = self.normals.fill(self.scratch.take("omega", units.count), sigma)
        np.exp(self.omega, out=self.omega)
        self.omega *= np.exp(-sigma * sigma / 2)
        self.lagging = None
        if 0.0 < units.lagging_share < 1.0:
            places = np.arange(units.count + 1)[:, None] * units.lagging_share
            steps = np.floor(places + self.normals.rng.random(self.world.shape[1]))
            self.lagging = np.subtract(steps[1:], steps[:-1], out=self.scratch.take("lagging", units.count))

    def prepare_match(self):
        """Of each source by year: match per dollar of scale, and per dollar of entitlement."""
        units, value, world = self.units, self.value, self.world
        self.kept, self.followed, self.lagged = [], [], []
        for key, source in units.sources.items():
            sigma = source.volatility
            common = self.normals.fill(np.empty(world.shape), sigma * np.sqrt(units.common))
            common += value(source.cyclicality) * world.activity
            np.exp(common, out=common)
            common *= value(source.ratio) * value(source.conversion) * np.exp(-sigma * sigma / 2)
            stays = value(source.stickiness)
            self.kept.append(common * stays)
            self.followed.append(common * (1.0 - stays))
            multiplier = value(source.lagging_multiplier)
            self.lagged.append(None if self.lagging is None or is_zero(source.lagging_multiplier) or
                               (not isinstance(source.lagging_multiplier, Sampled) and multiplier == 1.0)
                               else 1.0 + (multiplier - 1.0) * self.lagging)
            if units.all_lagging:
                self.kept[-1] *= multiplier
                self.followed[-1] *= multiplier
        self.cash_shares = [value(source.cash_share) for source in units.sources.values()]
        self.response = value(units.response)

    def prepare_revenue(self):
        """Of each stream by year: revenue per dollar of scale, but for the unit's shock."""
        self.streams = [value_of * np.exp(cycle * self.world.activity - s.volatility ** 2 / 2)
                        for s in self.units.streams
                        for value_of, cycle in [(self.value(s.ratio), self.value(s.cyclicality))]]

    # ---- a year

    def years(self, money, live):
        """All years in order; `money` is N by year, or None where money comes as entitled."""
        units = self.units
        for t in range(units.years):
            self.t, self.n, self.old = t, units.started[t], units.started[t - 1] if t else 0
            if self.n:
                self.begin_year()
                self.entitle(None if money is None else money[t], live[t])
                self.give_match()
                self.earn()
                self.respond_and_draw()
                self.settle(live[t])
        self.flows.survivors[...] = count(self.open[:self.n])
        flows, price = self.flows, self.world.price
        for sums in (flows.federal, flows.balance, flows.lagging_federal, flows.lagging_moved,
                     flows.lagging_spending, *flows.by_source, *flows.ledger):
            sums *= price

    def begin_year(self):
        """Rows of cohorts that start, change their award or taper, or meet a gate."""
        for cohort in self.units.cohorts:
            age, rows = self.t - cohort.start, cohort.rows
            if age < 0:
                break
            begins = self.t == cohort.first_year
            if begins:
                self.begin_cohort(cohort, age)
            elif not self.units.share_mode:
                self.change_award(cohort, age)
            gates = [p for at, p in self.units.gates if at == age]
            for chance in gates:
                u = self.normals.rng.random(self.passed[rows].shape)
                self.passed[rows] &= u < self.value(chance)
            if not self.units.one_row and (begins or gates or self.taper_moves(age)):
                tapered = self.units.taper_at(age, self.value) * self.world.price[cohort.first_year]
                np.multiply(self.passed[rows], tapered, out=self.share[rows])
            if len(self.units.required) > 1:
                m = self.value(self.units.at_age(self.units.required, age))
                self.needed[rows] = m
                self.inverse[rows] = inverse_of(m)
        if self.units.share_mode and self.old == 0:
            self.weigh_shares()

    def begin_cohort(self, cohort, age):
        """A cohort's first simulated year."""
        rows, price = cohort.rows, self.world.price[cohort.first_year]
        if self.units.share_mode:
            self.weight[rows] = self.omega[rows]
        else:
            award = self.value(self.units.at_age(self.units.award, age))
            np.multiply(self.omega[rows], award / price, out=self.weight[rows])
        opening = self.cost["opening"] * self.cost["ratio"] if cohort.start < 0 else 0.0
        self.balance[rows], self.size[rows] = opening, 1.0
        self.open[rows] = self.passed[rows] = True

    def change_award(self, cohort, age):
        """A new award changes the scale: its weight, and reserves in years of it."""
        before, now = (self.units.at_age(self.units.award, a) for a in (age - 1, age))
        if now is not before and now != before:
            growth = self.value(now) / self.value(before)
            self.weight[cohort.rows] *= growth
            self.balance[cohort.rows] /= growth

    def weigh_shares(self):
        """Scales of share mode: N_ref by size; all units stand from the reference year on."""
        year, money = self.reference
        if self.n != self.units.count or year != self.t:
            raise Refused("share mode: all units must have started in the first year of the plan")
        total = self.weight.sum(axis=0)
        self.weight *= money / (total * self.world.price[self.t])

    def taper_moves(self, age):
        """Whether the taper differs from that of the age before."""
        if self.units.shape == "linear":
            return age > self.units.taper_start
        return self.units.shape == "step" and age - 1 < self.units.taper_start <= age

    def entitle(self, money, live):
        """Entitlement per dollar of scale, within the money of the year."""
        n, t, flows, price = self.n, self.t, self.flows, self.world.price[self.t]
        weight = self.weight[:n]
        if self.units.share_mode:
            total = np.add.reduce(weight, axis=0)
            self.entitled = np.divide(money, total * price, where=total > 0, out=np.zeros_like(total))
            flows.entitlement[t] = np.where(total > 0, money, 0.0)
            flows.available[t] = money
            return
        if self.units.one_row:
            cohort = self.units.cohorts[0]
            tapered = self.units.taper_at(t - cohort.start, self.value) * self.world.price[cohort.first_year] * live
            asked = np.add.reduce(weight, axis=0) * tapered
        else:
            asked = np.einsum("un,un->n", weight, self.share[:n]) * live
        ration = 1.0
        if money is not None:
            ration = np.minimum(1.0, np.divide(money, asked, where=asked > 0,
                                               out=np.ones_like(asked)))
        np.multiply(asked, ration, out=flows.entitlement[t])
        flows.available[t] = flows.entitlement[t] if money is None else money
        if self.units.one_row:
            self.entitled = tapered * ration / price
        else:
            self.entitled = np.multiply(self.share[:n], live * ration / price,
                                        out=self.scratch.take("entitled", n))

    def give_match(self):
        """M of every source per dollar of scale, before the response; their sum, and what is in kind."""
        n, t, units, e = self.n, self.t, self.units, self.entitled
        z, x = self.normals.fill(self.scratch.take("z", n)), self.scratch.take("x", n)
        own = np.sqrt(1.0 - units.common)
        for k, source in enumerate(units.sources.values()):
            given = np.multiply(z, source.volatility * own, out=self.scratch.match[k, :n])
            np.exp(given, out=given)
            pledge = np.multiply(e, self.followed[k][t], out=x if e.ndim == 2 else None)
            pledge += self.kept[k][t]
            if source.ramp:
                pledge = pledge * units.ramp_at(source.ramp, t)
            given *= pledge
            if self.lagged[k] is not None:
                given *= self.lagged[k][:n]
        self.match = self.scratch.take("match", n)
        self.in_kind = self.scratch.take("in_kind", n)
        add_up(self.match, self.scratch.match[:len(units.sources), :n], [1.0] * len(units.sources), x)
        add_up(self.in_kind, self.scratch.match[:len(units.sources), :n],
               [1.0 - share for share in self.cash_shares], x)

    def earn(self):
        """Own revenue per dollar of scale, and what of it counts as match."""
        n, old, rho = self.n, self.old, self.units.persistence
        self.own, x = self.scratch.ledger[OWN_REVENUE, :n], self.scratch.take("x", n)
        self.counted = None
        if not self.units.streams:
            self.own[:] = 0.0
            return
        xi, fresh = self.xi[:n], np.sqrt(1.0 - rho * rho)
        z = self.normals.fill(self.scratch.take("z", n), fresh)
        xi[:old] *= rho
        xi[:old] += z[:old]
        np.divide(z[old:], fresh, out=xi[old:])
        first = self.own if len(self.units.streams) == 1 else self.scratch.take("first", n)
        for j, stream in enumerate(self.units.streams):
            money = np.multiply(xi, stream.volatility, out=x if j else first)
            np.exp(money, out=money)
            level = self.streams[j][self.t]
            if stream.ramp:
                grown = self.units.ramp_at(stream.ramp, self.t)
                if np.ndim(grown):
                    money *= grown
                else:
                    level = level * grown
            money *= level
            if j:
                np.add(first if j == 1 else self.own, money, out=self.own)
        if self.units.streams[0].counts:
            self.counted = first

    def respond_and_draw(self):
        """What partners make up of a missing match, and federal money drawn; sums of match."""
        n, old, e, units = self.n, self.old, self.entitled, self.units
        self.federal, drawn_weight = e, self.weight[:n]
        if units.asks[self.t]:
            drawn_weight = self.respond()
        elif units.prize:
            self.federal = self.scratch.take("federal", n)
            np.multiply(e[:old], self.raised[:old], out=self.federal[:old])
            np.multiply(e[old:], self.value(units.prize[0]), out=self.federal[old:])
        np.einsum("kun,un->kn", self.scratch.match[:len(units.sources), :n], drawn_weight,
                  out=self.flows.by_source[:, self.t])

    def respond(self):
        """Where match is required; the weight by which the sources' match counts from here on."""
        n, scratch = self.n, self.scratch
        needed, inverse = self.needed, self.inverse
        if needed.ndim == 2:
            needed, inverse = needed[:n], inverse[:n]
        lift, gap, federal = (scratch.take(name, n) for name in ("x", "gap", "federal"))
        qualifying = self.match
        if self.counted is not None:
            qualifying = np.add(self.match, self.counted, out=scratch.take("qualifying", n))
        np.multiply(needed, self.entitled, out=gap)
        gap -= qualifying
        np.maximum(gap, scratch.zero, out=gap)
        gap *= self.response
        np.divide(gap, self.match, out=lift)
        lift += 1.0
        self.in_kind *= lift
        lift *= self.weight[:n]
        self.match += gap
        if self.counted is not None:
            qualifying += gap
        np.multiply(qualifying, inverse, out=federal)
        self.federal = np.minimum(federal, self.entitled, out=federal)
        return lift

    def settle(self, live):
        """Cost, cash, spending and survival, and the sums of the year."""
        n, scratch, cost = self.n, self.scratch, self.cost
        sigma = self.units.cost_volatility
        full = self.normals.fill(scratch.take("z", n), sigma)
        np.exp(full, out=full)
        full *= cost["ratio"] * np.exp(-sigma * sigma / 2)
        income = np.subtract(self.match, self.in_kind, out=scratch.take("income", n))
        income += self.own
        income += self.federal
        served = np.add(income, self.in_kind, out=scratch.take("served", n))
        served /= full
        np.minimum(served, scratch.one, out=served)
        size = self.size[:n]
        full *= size
        served -= size
        served *= cost["adapt"]
        size += served
        self.spend(full, income)
        self.add_regions()
        self.close(full, income, live)

    def spend(self, full, income):
        """Spending out of cash: the lines of the ledger."""
        n, scratch, cost = self.n, self.scratch, self.cost
        _, spending, shortfall, need, left = scratch.ledger[:, :n]
        x, cash = scratch.take("x", n), scratch.take("cash", n)
        in_kind = np.multiply(full, cost["in_kind_cap"], out=scratch.take("in_kind_used", n))
        np.minimum(in_kind, self.in_kind, out=in_kind)
        np.subtract(full, in_kind, out=need)
        self.carry()
        if is_zero(self.units.cost["interest"]):
            np.add(left, income, out=cash)
        else:
            np.multiply(left, 1.0 + cost["interest"], out=cash)
            np.maximum(cash, left, out=cash)
            cash += income
        np.minimum(cash, need, out=spending)
        np.multiply(need, cost["minimum_service"], out=x)
        np.maximum(spending, x, out=spending)
        np.multiply(full, cost["reserve_target"], out=x)
        np.subtract(cash, x, out=x)
        np.maximum(spending, x, out=spending)
        np.subtract(cash, spending, out=left)
        np.subtract(need, spending, out=shortfall)
        np.maximum(shortfall, scratch.zero, out=shortfall)
        spending += in_kind

    def carry(self):
        """Reserves carried over, in years of this year's scale, which prices have raised."""
        if self.old:
            price = self.world.price
            self.balance[:self.old] *= price[self.t - 1] / price[self.t]

    def add_regions(self):
        """Money in lagging regions."""
        n, t, flows = self.n, self.t, self.flows
        self.moved = None
        if self.lagging is not None or self.units.prize:
            self.moved = np.add(self.match, self.own, out=self.scratch.take("moved", n))
        if self.lagging is None:
            return
        weight = np.multiply(self.weight[:n], self.lagging[:n], out=self.scratch.take("x", n))
        if self.federal.ndim == 1:
            np.multiply(np.add.reduce(weight, axis=0), self.federal, out=flows.lagging_federal[t])
        else:
            np.einsum("un,un->n", weight, self.federal, out=flows.lagging_federal[t])
        np.einsum("un,un->n", weight, self.moved, out=flows.lagging_moved[t])
        if self.lagging_spending:
            np.einsum("un,un->n", weight, self.scratch.ledger[SPENDING, :n],
                      out=flows.lagging_spending[t])

    def close(self, full, income, live):
        """Who closes, who stands on its own, and the sums by weight; then the weight of next year."""
        n, t, flows, scratch = self.n, self.t, self.flows, self.scratch
        weight, opened, x = self.weight[:n], self.open[:n], scratch.take("x", n)
        left, need = scratch.ledger[LEFT, :n], scratch.ledger[NEED, :n]
        flags, sustains = (scratch.take(name, n, bool) for name in ("flags", "sustains"))
        flows.active[t] = count(opened)
        if self.units.gates:
            flows.funded[t] = count(np.logical_and(opened, self.passed[:n], out=flags)) * live
        else:
            flows.funded[t] = flows.active[t] * live
        if self.federal is not self.entitled:
            np.einsum("un,un->n", weight, self.federal, out=flows.federal[t])
        else:
            flows.federal[t] = flows.entitlement[t] / self.world.price[t]
        np.einsum("kun,un->kn", scratch.ledger[:, :n], weight, out=flows.ledger[:, t])
        np.multiply(full, 0.05 + TOLERANCE, out=x)
        np.less_equal(self.federal, x, out=sustains)
        np.multiply(full, TOLERANCE, out=x)
        if self.units.prize:
            np.subtract(self.value(self.units.prize[1]), x, out=self.own)
            np.greater_equal(self.moved, self.own, out=self.raised[:n])
        np.subtract(need, x, out=x)
        sustains &= np.greater_equal(income, x, out=flags)
        np.multiply(full, self.limit, out=x)
        keeps = np.greater_equal(left, x, out=flags)
        opened &= keeps
        weight *= keeps
        sustains &= opened
        flows.self_sustaining[t] = count(sustains)
        np.einsum("un,un->n", weight, left, out=flows.balance[t])


def inverse_of(m):
    """1/m, where m is 0 so large that all of the entitlement is drawn."""
    return np.divide(1.0, m, where=np.asarray(m) > 0, out=np.full(np.shape(m), NEVER))


def count(flags):
    """How many of the units, by sample; there are at most 255."""
    return np.add.reduce(flags.view(np.uint8), axis=0, dtype=np.uint8)


def add_up(total, parts, shares, x):
    """total = sum of shares times parts; `x` is scratch."""
    begun = False
    for part, share in zip(parts, shares):
        if np.ndim(share) == 0 and share == 0.0:
            continue
        plain = np.ndim(share) == 0 and share == 1.0
        if not begun:
            np.multiply(part, share, out=total)
        else:
            total += part if plain else np.multiply(part, share, out=x)
        begun = True
    if not begun:
        total[:] = 0.0
