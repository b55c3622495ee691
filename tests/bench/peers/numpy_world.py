"""Macro-economy and budgets for the numpy peers (sections 1 and 2 of the model), arrays (years, samples)."""
import copy

import numpy as np

from numpy_study import Refused
from numpy_units import is_zero


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
