"""Makes random valid studies that reach every key of MODEL sections 1 to 10.

random_study(seed) gives the same YAML text for the same seed. Numbers are rounded, so that a study
can be read; a quantity is a number or a distribution that stays within its domain.
"""

import random

import yaml

SHARE = (0.0, 1.0)


class Maker:
    """One study, drawn key by key."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.uncertain = []      # paths of distributions, for dependences

    # ---- numbers

    def chance(self, probability):
        """True with that probability."""
        return self.dice.random() < probability

    def number(self, low, high):
        """A number with few digits, sometimes an end of the range."""
        if self.chance(0.08):
            return self.dice.choice([low, high])
        return float(f"{self.dice.uniform(low, high):.4g}")

    def quantity(self, path, low, high):
        """A number, or a distribution on part of [low, high]."""
        if self.chance(0.6) or high - low < 1e-3:
            return self.number(low, high)
        a, b = sorted(round(self.dice.uniform(low, high), 5) for _ in range(2))
        if b - a < 1e-4:
            return a
        self.uncertain.append(path)
        mode = round(self.dice.uniform(a, b), 6)
        return self.dice.choice([
            {"uniform": {"min": a, "max": b}},
            {"triangular": {"min": a, "mode": mode, "max": b}},
            {"pert": {"min": a, "mode": mode, "max": b}},
            {"truncated_normal": {"mean": mode, "sd": round((b - a) / 3, 6), "min": a, "max": b}},
            {"beta": {"a": self.number(0.5, 4), "b": self.number(0.5, 4), "min": a, "max": b}},
            {"discrete": {"values": [a, mode, b], "weights": [1, 2, 1]}},
            {"empirical": {"values": [b, a, mode, mode]}},
        ])

    def fill(self, path, ranges, keep=0.5):
        """{key: quantity} for some keys of `ranges`; those named with a ! are always there."""
        node = {}
        for key, (low, high) in ranges.items():
            if key.startswith("!") or self.chance(keep):
                key = key.lstrip("!")
                node[key] = self.quantity(f"{path}/{key}", low, high)
        return node

    def by_age(self, path, low, high, most=4):
        """A schedule by age."""
        return [self.quantity(f"{path}/{i}", low, high) for i in range(self.dice.randint(1, most))]

    def by_year(self, path, low, high, first):
        """A schedule by fiscal year, with gaps, beginning around the base year."""
        year, node = first + self.dice.choice([-3, 0, 0, 0, 1, 2]), {}
        for _ in range(self.dice.randint(1, 4)):
            node[year] = 0.0 if self.chance(0.1) else self.quantity(f"{path}/{year}", low, high)
            year += self.dice.randint(1, 4)
        return node

    # ---- sections

    def study(self):
        """The whole study."""
        years = self.dice.choice([1, 2, 3, 5, 8, 12, 12, 20, 64])
        self.base, self.years = self.dice.randint(1995, 2030), years
        node = {"fulcrum": 1, "horizon": {"base_year": self.base, "years": years},
                "macro": self.macro()}
        if self.chance(0.8):
            node["accounts"] = self.fill("accounts", {"tax_rate": (0, 0.5), "opportunity": (0, 1),
                                                      "excess_burden": (-0.1, 0.6)}, 0.7)
        if self.chance(0.6):
            node["portfolio"] = self.fill("portfolio", {"!coordination": SHARE})
        count = self.dice.randint(1, 2 if years > 20 else 4)
        node["programs"] = {f"P{i}": self.program(f"programs/P{i}") for i in range(count)}
        if len(self.uncertain) >= 2 and self.chance(0.5):
            node["dependence"] = self.dependence()
        return node

    def macro(self):
        """Section 1."""
        node = self.fill("macro", {"discount_rate": (-0.02, 0.1), "fiscal_common": SHARE})
        if self.chance(0.7):
            node["recession"] = self.fill("macro/recession", {
                "!entry": SHARE, "!exit": SHARE, "depth": (-0.02, 0.08)}, 0.8)
        if self.chance(0.7):
            node["activity"] = self.fill("macro/activity", {
                "persistence": (-0.9, 0.95), "volatility": (0, 0.05)}, 0.8)
        if self.chance(0.8):
            node["inflation"] = self.fill("macro/inflation", {
                "mean": (-0.02, 0.08), "persistence": (-0.9, 0.95), "volatility": (0, 0.03)}, 0.8)
        return node

    def program(self, path):
        """One program of any instrument."""
        kind = self.dice.choice(["grant"] * 5 + ["reimbursement", "prize", "fund", "guarantee"])
        with_units = kind not in ("fund", "guarantee")
        mode = self.dice.choice(["award", "share"]) if with_units else "award"
        node = {"instrument": kind, "budget": self.budget(path, mode, with_units)}
        node.update(self.fill(path, {"overlap": SHARE}, 0.4))
        if kind != "grant":
            node[kind] = getattr(self, kind)(f"{path}/{kind}")
        if with_units:
            node["units"] = self.units(path, mode)
            if self.chance(0.6):
                node["taper"] = self.taper(f"{path}/taper")
            node.update(self.partners(path, kind))
            node["cost"] = self.fill(f"{path}/cost", {
                "!ratio": (0, 3), "volatility": (0, 0.3), "in_kind_cap": SHARE, "credit": (0, 1),
                "minimum_service": SHARE, "reserve_target": (0, 1), "interest": (-0.05, 0.1),
                "opening": (0, 1), "adapt": SHARE})
        if self.chance(0.85):
            node["outcomes"] = self.outcomes(f"{path}/outcomes")
        return node

    def budget(self, path, mode, with_units):
        """Section 2."""
        path += "/budget"
        node = self.fill(path, {"growth": (-0.2, 0.2), "volatility": (0, 0.4), "admin": (0, 0.5),
                                "persistence": (-0.9, 0.95)})
        node["mode"] = mode
        if mode == "share" or not with_units or self.chance(0.6):
            node["plan"] = self.by_year(f"{path}/plan", 0, 40, self.base)
        if self.chance(0.4):
            node["delay"] = self.fill(f"{path}/delay", {"!probability": SHARE, "!share": SHARE})
        if self.chance(0.4):
            node["rescission"] = self.fill(f"{path}/rescission",
                                           {"!probability": SHARE, "!share": SHARE})
        if self.chance(0.4):
            node["termination"] = self.termination(f"{path}/termination")
        return node

    def termination(self, path):
        """A hazard as a number or by fiscal year."""
        node = {"hazard": self.by_year(f"{path}/hazard", 0, 0.3, self.base) if self.chance(0.5)
                else self.quantity(f"{path}/hazard", 0, 0.2)}
        if self.chance(0.6):
            node["from_year"] = self.base + self.dice.randint(-1, 6)
        return node

    def units(self, path, mode):
        """Section 3 without the taper."""
        path += "/units"
        near = self.base - 6, self.base + min(self.years, 10) + 1
        starts = self.dice.sample(range(*near), self.dice.randint(1, 3))
        node = {"cohorts": [{"start": start, "count": self.dice.randint(1, 4)}
                            for start in starts]}
        node.update(self.fill(path, {"size_dispersion": (0, 0.8), "lagging_share": SHARE}))
        if mode == "award":
            node["award"] = self.by_age(f"{path}/award", 0.5, 4)
            if self.chance(0.5):
                node["indexed"] = self.chance(0.7)
        if self.chance(0.4):
            node["gates"] = [{"age": self.dice.randint(0, 8),
                              "pass": self.quantity(f"{path}/gates/{i}/pass", 0.2, 1)}
                             for i in range(self.dice.randint(1, 3))]
        return node

    def taper(self, path):
        """A taper of any shape."""
        shape = self.dice.choice(["constant", "linear", "geometric", "step", "schedule"])
        if shape == "schedule":
            return {"shape": shape, "schedule": self.by_age(f"{path}/schedule", 0, 1.2)}
        return {"shape": shape, **self.fill(path, {
            "start": (-1, 6), "!length": (0.2, 6), "!floor": (0.01, 1)})}

    def ramp(self, path):
        """A logistic ramp in age."""
        return self.fill(path, {"!half_age": (-2, 6), "!width": (0.1, 3)})

    def partners(self, path, kind):
        """Sections 4 and 5."""
        node = {}
        sources = {f"s{k}": self.source(f"{path}/match/sources/s{k}")
                   for k in range(self.dice.choice([0, 1, 1, 2, 3]))}
        streams = {f"r{j}": self.stream(f"{path}/revenue/streams/r{j}")
                   for j in range(self.dice.choice([0, 0, 1, 2]))}
        match = self.fill(f"{path}/match", {"common_share": SHARE, "response": SHARE,
                                            "recession_waiver": SHARE})
        counted = any(stream["counts_as_match"] for stream in streams.values())
        if kind == "grant" and (sources or counted) and self.chance(0.7):
            match["required"] = (self.by_age(f"{path}/match/required", 0, 2) if self.chance(0.5)
                                 else self.quantity(f"{path}/match/required", 0, 2))
        if sources:
            match["sources"] = sources
        if match:
            node["match"] = match
        if streams:
            node["revenue"] = {**self.fill(f"{path}/revenue", {"persistence": (-0.9, 0.95)}),
                               "streams": streams}
        return node

    def source(self, path):
        """A source of match."""
        node = self.fill(path, {
            "!ratio": (0, 1.5), "volatility": (0, 0.6), "cyclicality": (-2, 3),
            "stickiness": SHARE, "conversion": SHARE, "cash_share": SHARE,
            "lagging_multiplier": (0, 2), "additionality": (-1, 1)})
        if self.chance(0.4):
            node["ramp"] = self.ramp(f"{path}/ramp")
        return node

    def stream(self, path):
        """A stream of own revenue."""
        node = self.fill(path, {"!ratio": (0, 1), "volatility": (0, 0.6), "cyclicality": (-2, 3)})
        node["counts_as_match"] = self.chance(0.5)
        if self.chance(0.4):
            node["ramp"] = self.ramp(f"{path}/ramp")
        return node

    # ---- section 7

    def reimbursement(self, path):
        """Post-subsidy; its lag is whole."""
        return {**self.fill(path, {"!rate": (0, 1.2), "!pass": SHARE}),
                "lag": self.whole(f"{path}/lag", 1, 5)}

    def prize(self, path):
        """Award in lieu of subsidy."""
        return self.fill(path, {"advance": SHARE, "!target": (0, 2)})

    def fund(self, path):
        """Venture guidance; its hold is whole."""
        return {**self.fill(path, {
            "!ratio": (0, 4), "volatility": (0, 0.5), "fee": (0, 0.4), "!multiple": (0, 3),
            "return_volatility": (0, 0.8), "return_cyclicality": (-2, 4), "recycle": SHARE,
            "additionality": (-1, 1)}), "hold": self.whole(f"{path}/hold", 1, 8)}

    def guarantee(self, path):
        """Risk compensation."""
        return self.fill(path, {
            "!gearing": (0, 12), "!cover": SHARE, "!default": (0, 0.3), "cyclicality": (-5, 10),
            "volatility": (0, 0.6), "interest": (-0.02, 0.06), "term": (1, 8),
            "additionality": (-1, 1)})

    def whole(self, path, low, high):
        """A whole number, perhaps one of several."""
        if self.chance(0.6):
            return self.dice.randint(low, high)
        self.uncertain.append(path)
        values = sorted(self.dice.sample(range(low, high + 1), 3))
        return {"discrete": {"values": values, "weights": [2, 1, 1]}}

    # ---- sections 8 and 10

    def outcomes(self, path):
        """One to three outcomes."""
        names = self.dice.sample(["new_sales", "jobs", "investment", "patents"],
                                 self.dice.randint(1, 3))
        return {name: {"driver": self.dice.choice(["appropriation", "federal", "spending"]),
                       **self.fill(f"{path}/{name}", {
                           "!multiplier": (0, 30), "lag": (0, 4), "history": (0, 2),
                           "returns_to_scale": (0.4, 1.4), "cyclicality": (-3, 3),
                           "volatility": (0, 0.5), "additionality": (-1, 1), "value": (-0.1, 0.5),
                           "lagging_multiplier": (0, 3), "displacement": SHARE})}
                for name in names}

    def dependence(self):
        """A chain of weak rank correlations, which never contradict each other."""
        paths = self.dice.sample(self.uncertain, min(len(self.uncertain), 4))
        return [{"pair": list(pair), "rank": self.number(-0.4, 0.4)}
                for pair in zip(paths, paths[1:])]


def random_study(seed):
    """The YAML text of study number `seed`."""
    node = Maker(seed).study()
    return f"# random study {seed}\n" + yaml.safe_dump(node, sort_keys=False, width=95)


if __name__ == "__main__":
    import sys
    print(random_study(int(sys.argv[1])), end="")
