"""What a study says of the units of a program, and their flows, for the numpy peers."""
import numpy as np

from numpy_study import Refused, Sampled

TOLERANCE = 1e-9
LEDGER = ("own_revenue", "spending", "shortfall", "cash_need", "left")


def is_zero(quantity):
    """Whether a quantity is the number 0."""
    return not isinstance(quantity, Sampled) and quantity == 0.0


def ramp(node):
    """(half_age, width) of a logistic ramp, or None."""
    section = node.section("ramp")
    return (section.constant("half_age"), section.constant("width")) if section.node else None


class Source:
    """A source of match."""

    def __init__(self, node):
        self.ratio, self.volatility = node.number("ratio"), node.constant("volatility", 0)
        self.cyclicality, self.stickiness = node.number("cyclicality", 0), node.number("stickiness", 1)
        self.conversion, self.cash_share = node.number("conversion", 1), node.number("cash_share", 1)
        self.lagging_multiplier = node.number("lagging_multiplier", 1)
        self.additionality, self.ramp = node.number("additionality", 1), ramp(node)
        if is_zero(self.conversion) or getattr(self.conversion, "least", 1.0) < 0.0:
            raise Refused(f"{node.path}/conversion: must be above 0")


class Stream:
    """A stream of own revenue."""

    def __init__(self, node):
        self.ratio, self.volatility = node.number("ratio"), node.constant("volatility", 0)
        self.cyclicality, self.ramp = node.number("cyclicality", 0), ramp(node)
        self.counts = node.raw("counts_as_match", False)


class Cohort:
    """Units of one start year: t of the start, and their rows."""

    def __init__(self, start, first, count):
        self.start, self.rows = start, slice(first, first + count)
        self.first_year = max(start, 0)


class Units:
    """What the study says about a program's units."""

    def __init__(self, program, base_year, years):
        node, self.years, self.ramps = program.section("units"), years, {}
        self.share_mode = program.section("budget").raw("mode") == "share"
        self.award = None if self.share_mode else node.by_age("award")
        self.size_dispersion = node.constant("size_dispersion", 0)
        self.lagging_share = node.constant("lagging_share", 0)
        self.all_lagging = self.lagging_share == 1.0
        self.gates = [(int(gate.constant("age")), gate.number("pass")) for gate in node.items("gates")]
        node.expect("indexed", False)
        self.read_cohorts(node, base_year)
        self.read_taper(program.section("taper"))
        self.read_match(program.section("match"), program.raw("instrument"))
        revenue, cost = program.section("revenue"), program.section("cost")
        self.persistence = revenue.constant("persistence", 0)
        self.streams = [Stream(part) for part in revenue.section("streams").named().values()]
        self.cost = {key: cost.number(key, default) for key, default in (
            ("ratio", None), ("adapt", 0), ("in_kind_cap", 1), ("minimum_service", 0),
            ("reserve_target", 0), ("credit", 0), ("interest", 0), ("opening", 0))}
        self.cost_volatility = cost.constant("volatility", 0)
        self.prize = None
        if program.raw("instrument") == "prize":
            prize = program.section("prize")
            self.prize = prize.number("advance", 0), prize.number("target")

    def read_cohorts(self, node, base_year):
        """Cohorts that start within the horizon, in the order of their start."""
        self.cohorts, count = [], 0
        for part in node.items("cohorts"):
            cohort = Cohort(int(part.constant("start")) - base_year, count, int(part.constant("count")))
            if self.cohorts and cohort.start < self.cohorts[-1].start:
                raise Refused(f"{node.path}/cohorts: must stand in the order of their start")
            if cohort.start < self.years:
                self.cohorts.append(cohort)
                count = cohort.rows.stop
        self.counts = [cohort.rows.stop - cohort.rows.start for cohort in self.cohorts]
        if count > 255:
            raise Refused(f"{node.path}/cohorts: at most 255 units")
        self.count, self.older = count, any(cohort.start < 0 for cohort in self.cohorts)
        self.started = [max((c.rows.stop for c in self.cohorts if c.start <= t), default=0)
                        for t in range(self.years)]
        self.one_row = self.share_mode or (len(self.cohorts) == 1 and not self.gates)
        if self.share_mode and self.gates:
            raise Refused(f"{node.path}: gates are supported in award mode only")

    def read_taper(self, node):
        """The shapes that are supported: constant, step and linear."""
        self.shape = node.raw("shape", "constant")
        if self.shape not in ("constant", "step", "linear") or self.share_mode > (self.shape == "constant"):
            raise Refused(f"{node.path}: {self.shape} not supported")
        if self.shape != "constant":
            self.taper_start, self.floor = node.constant("start"), node.number("floor", 0)
            self.length = node.number("length") if self.shape == "linear" else None

    def read_match(self, node, instrument):
        """What partners give, and what is required of them."""
        node.expect("recession_waiver", 0)
        self.required = node.by_age("required", 0)
        self.response, self.common = node.number("response", 0), node.constant("common_share", 0)
        self.sources = {key: Source(part) for key, part in node.section("sources").named().items()}
        if instrument != "grant":
            self.required = [0.0]
        self.asks = [any(not is_zero(self.at_age(self.required, t - cohort.start))
                         for cohort in self.cohorts if cohort.start <= t) for t in range(self.years)]

    @staticmethod
    def at_age(schedule, age):
        """The entry of a schedule by age."""
        return schedule[min(age, len(schedule) - 1)]

    def reference_award(self, t):
        """[(units, award)] of the units that have started."""
        return [(count, self.at_age(self.award, t - cohort.start))
                for count, cohort in zip(self.counts, self.cohorts) if cohort.start <= t]

    def ramp_at(self, shape, t):
        """g(a) of the started units: a number, or a column; reckoned once."""
        if (shape, t) not in self.ramps:
            self.ramps[shape, t] = self.reckon_ramp(shape, t)
        return self.ramps[shape, t]

    def reckon_ramp(self, shape, t):
        """g(a) of the units that have started in a year."""
        cohorts = [cohort for cohort in self.cohorts if cohort.start <= t]
        ages = np.array([t - cohort.start for cohort in cohorts], dtype=float)
        values = 1.0 / (1.0 + np.exp(-(ages - shape[0]) / shape[1]))
        if len(cohorts) == 1:
            return values[0]
        return np.repeat(values, self.counts[:len(cohorts)])[:, None]

    def taper_at(self, age, value):
        """tau at an age: a number or a row."""
        if self.shape == "constant" or age < self.taper_start:
            return 1.0
        floor = value(self.floor)
        if self.shape == "step":
            return floor
        x = np.minimum((age - self.taper_start) / value(self.length), 1.0)
        return 1.0 - (1.0 - floor) * x


class Flows:
    """Sums over a program's units, by year and sample."""

    NAMES = ("federal", "balance", "active", "funded", "self_sustaining", "entitlement", "available",
             "lagging_federal", "lagging_moved", "lagging_spending")

    def __init__(self, by_source, ledger, sums, survivors):
        self.by_source, self.ledger, self.sums, self.survivors = by_source, ledger, sums, survivors
        for name, series in zip((*LEDGER, *self.NAMES), (*ledger, *sums)):
            setattr(self, name, series)

    @classmethod
    def zero(cls, shape, sources):
        """Flows of nothing yet."""
        return cls(np.zeros((sources, *shape)), np.zeros((len(LEDGER), *shape)),
                   np.zeros((len(cls.NAMES), *shape)), np.zeros(shape[1]))

    def part(self, lanes):
        """Those of some of the samples."""
        return Flows(self.by_source[..., lanes], self.ledger[..., lanes], self.sums[..., lanes],
                     self.survivors[lanes])
