#!/usr/bin/python3
"""The portfolio model in vectorized numpy: what an expert could do without the engine, for its speed.

    portfolio_numpy.py STUDY.yaml --samples N [--way tuned|plain] [--chunk C] [--aggregate] [--seed S]

Prints JSON: processor seconds of drawing parameters, of evaluation and of aggregation, and how much
work that was. It computes what the engine computes, the outputs of section 9 of the model by fiscal
year for every program and account, in the same double precision, but from draws of its own: results
agree in distribution, not in bits. It does what inputs/baseline.yaml needs and refuses the rest.
Samples are done in chunks; arrays are (years, samples), and units by samples for the units of a program,
where the time goes. Those, with normals and statistics, are written in two ways: `numpy_plain` as one
writes it first, `numpy_tuned` as fast as its author could.
"""
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse  # noqa: E402
import collections  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402

import numpy_plain  # noqa: E402
import numpy_tuned  # noqa: E402
from numpy_accounts import ACCOUNTS, WEIGHTED, Layout, Sums, horizon, leverage_by_year  # noqa: E402
from numpy_draws import BoxMuller, Ziggurat  # noqa: E402
from numpy_program import Program  # noqa: E402
from numpy_study import UNREAD, Quantities, Sampled, Section, read_study  # noqa: E402
from numpy_summary import describe_plain, describe_tuned, summarize  # noqa: E402
from numpy_world import World, read_macro  # noqa: E402

Way = collections.namedtuple("Way", "bits normals simulator describe chunk")
WAYS = {
    "plain": Way(np.random.PCG64, Ziggurat, numpy_plain.simulator, describe_plain, 2000),
    "tuned": Way(np.random.PCG64DXSM, BoxMuller, numpy_tuned.simulator, describe_tuned, 1000),
}


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

    def evaluate(self, out, values, normals, simulate_units):
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
            whole.add(program.evaluate(views, world, value, normals, simulate_units, rates))
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


def simulate(portfolio, way, samples, chunk, seed, keep):
    """(outputs by chunk, or of the last one; facts and processor seconds)."""
    rng = np.random.Generator(way.bits(seed))
    normals, simulate_units = way.normals(rng), way.simulator()
    chunks = -(-samples // chunk)
    out = np.zeros((chunks if keep else 1, len(portfolio.names), chunk))
    values = np.zeros((len(portfolio.quantities.families), chunk))
    drawing = evaluating = 0.0
    for i in range(chunks):
        begin = time.process_time()
        portfolio.quantities.draw(values, rng)
        drawn = time.process_time()
        unit_years = portfolio.evaluate(out[i if keep else 0], values, normals, simulate_units)
        drawing, evaluating = drawing + drawn - begin, evaluating + time.process_time() - drawn
    return out, {"samples": chunks * chunk, "chunk": chunk, "unit_years": unit_years * chunks * chunk,
                 "outputs": len(portfolio.names), "quantities": len(values),
                 "seconds": {"parameters": drawing, "evaluation": evaluating}}


def main():
    """Simulates, and prints what it took."""
    parser = argparse.ArgumentParser(description="The portfolio model in numpy, timed.")
    parser.add_argument("study")
    parser.add_argument("--samples", type=int, default=4000)
    parser.add_argument("--chunk", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--way", choices=WAYS, default="tuned")
    parser.add_argument("--aggregate", action="store_true")
    options = parser.parse_args()
    way = WAYS[options.way]
    portfolio = Portfolio(read_study(options.study))
    out, facts = simulate(portfolio, way, options.samples, options.chunk or way.chunk, options.seed,
                          options.aggregate)
    if options.aggregate:
        begin = time.process_time()
        summarize(out, way.describe)
        facts["seconds"]["aggregation"] = time.process_time() - begin
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
