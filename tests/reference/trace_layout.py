"""The datasets of a trace file (MODEL section 11), for what reads and what writes one.

A `DrawSet` is one dataset of draws: its path, whether it holds uniforms or normals, the names of
its streams (one name, or a list that makes a dimension), and how many indices of each it holds.
"""

import os
import sys
from dataclasses import dataclass

import h5py
import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import draws as stream  # noqa: E402
import fulcrum_reference as model  # noqa: E402
import quantities  # noqa: E402


@dataclass
class DrawSet:
    """One dataset of draws."""

    path: str
    kind: str        # "u" uniform, "z" normal
    names: object    # a name, or a list of names that is a dimension
    count: int = 0   # number of indices, a dimension too; 0: index 0 alone, no dimension

    def regenerate(self, seed, sample):
        """The draws of one sample as they should stand in the file."""
        make = stream.uniforms if self.kind == "u" else stream.normals
        names = self.names if isinstance(self.names, list) else [self.names]
        rows = [make(seed, name, sample, max(self.count, 1)) for name in names]
        return numpy.array(rows, dtype=float).reshape(self.shape())

    def shape(self):
        """Dimensions after the sample."""
        names = (len(self.names),) if isinstance(self.names, list) else ()
        return names + ((self.count,) if self.count else ())

    def streams(self, array):
        """(name, its draws by index) of one sample's array."""
        if isinstance(self.names, list):
            return [(name, numpy.atleast_1d(row)) for name, row in zip(self.names, array)]
        return [(self.names, numpy.atleast_1d(array))]


def draw_sets(study):
    """Every dataset of draws that a trace of this study may hold."""
    T = int(study["horizon"]["years"])
    sets = [DrawSet(f"macro/draw_{dataset}", dataset[-1], f"macro/{name}", T)
            for dataset, name in (("recession_u", "recession"), ("activity_z", "activity"),
                                  ("inflation_z", "inflation"), ("fiscal_z", "fiscal"))]
    for program_id, program in model.named(study, "programs").items():
        sets += program_draw_sets(f"programs/{program_id}", program, T)
    return [each for each in sets if 0 not in each.shape()]


def program_draw_sets(prefix, program, T):
    """The datasets of one program; those of other instruments are left out."""
    years = ["budget_z", "termination_u", "delay_u", "rescission_u"]
    years += {"fund": ["coinvestment_z", "return_z"],
              "guarantee": ["default_z"]}.get(program["instrument"], [])
    sets = [DrawSet(f"{prefix}/draw_{name}", name[-1], f"{prefix}/{name[:-2]}", T)
            for name in years]
    outcomes = [f"{prefix}/outcome/{o}" for o in model.named(program, "outcomes")]
    sets.append(DrawSet(f"{prefix}/draw_outcome_z", "z", outcomes, T))
    if program["instrument"] in model.UNIT_INSTRUMENTS:
        sets += unit_draw_sets(prefix, program, T)
    return sets


def unit_draw_sets(prefix, program, T):
    """The datasets of a program with units."""
    node = model.section(program, "units")
    units = [f"{prefix}/unit/{name}" for name in unit_names(node)]
    sources = model.named(model.section(program, "match"), "sources")
    sets = [DrawSet(f"{prefix}/draw_lagging_u", "u", f"{prefix}/lagging"),
            DrawSet(f"{prefix}/draw_source_z", "z", [f"{prefix}/source/{k}" for k in sources], T),
            DrawSet(f"{prefix}/units/draw_size_z", "z", [f"{unit}/size" for unit in units])]
    if node.get("gates"):
        sets.append(DrawSet(f"{prefix}/units/draw_gate_u", "u", [f"{unit}/gate" for unit in units],
                            len(node["gates"])))
    for name in ("match_z", "revenue_z", "cost_z") + (
            ("verify_u",) if program["instrument"] == "reimbursement" else ()):
        sets.append(DrawSet(f"{prefix}/units/draw_{name}", name[-1],
                            [f"{unit}/{name[:-2]}" for unit in units], T))
    return sets


def unit_names(node):
    """<start>.<j> of every unit, in the order of the cohorts."""
    return [f"{int(cohort['start'])}.{j}" for cohort in node.get("cohorts") or []
            for j in range(int(cohort["count"]))]


# --------------------------------------------------------------------- what the model writes

@dataclass
class Expected:
    """One dataset of one sample as the reference has it."""

    path: str
    values: numpy.ndarray
    labels: tuple            # a list of names for each dimension after the sample
    scale: numpy.ndarray     # size of the terms that made it: what rounding is measured against
    exact: bool = False      # integers and flags


EXACT = {"age", "active", "funded", "lagging", "self_sustaining", "recession"}


def expected_datasets(study, sample):
    """Every dataset of section 11 that the model writes, for one sample of the reference."""
    base_year, T = int(study["horizon"]["base_year"]), int(study["horizon"]["years"])
    years = [f"FY{base_year + t}" for t in range(T)]
    for name, series in sample.macro.items():
        values = numpy.array(series, dtype=float)
        yield Expected(f"macro/{name}", values, (years,), peak(values), name in EXACT)
    for program_id, totals in sample.programs.items():
        yield from ledger_datasets(f"programs/{program_id}", sample.units[program_id], years)
        yield from account_datasets(f"programs/{program_id}", study["programs"][program_id],
                                    totals, years)
    yield from output_datasets(sample)


def peak(values):
    """The largest of a series, for all of it: what a sum or difference of its terms rounds to."""
    return numpy.full(values.shape, numpy.max(numpy.abs(values), initial=0.0))


def ledger_datasets(prefix, units, years):
    """The ledger; money of a unit is measured against the largest of its flows."""
    if not units:
        return
    names = [unit.name for unit in units]
    table = {name: numpy.array([unit.ledger[name] for unit in units], dtype=float)
             for name in model.LEDGER}
    money = numpy.max([numpy.abs(table[name]).max(axis=1) for name in
                       ("full_cost", "spending", "federal", "match", "own_revenue", "balance")],
                      axis=0)
    for name, values in table.items():
        if name in ("size", "service_level", "scale"):
            scale = numpy.abs(values)
        else:
            scale = numpy.repeat(money[:, None], values.shape[1], axis=1)
        yield Expected(f"{prefix}/units/{name}", values, (names, years), scale, name in EXACT)


def account_datasets(prefix, program, totals, years):
    """Accounts, sources and outcomes; money is measured against the program's largest flow."""
    flows = ("budget", "appropriation", "federal", "receipts", "match", "own_revenue", "spending",
             "balance", "written_off")
    money = max(abs(value) for name in flows for value in totals.accounts[name])
    benefit = max(totals.benefit_scale)
    for name, series in totals.accounts.items():
        values = numpy.array(series, dtype=float)
        scale = benefit if name in ("benefit", "tax") else money
        yield Expected(f"{prefix}/{name}", values, (years,), numpy.full(values.shape, scale),
                       name in EXACT)
    sources = list(model.named(model.section(program, "match"), "sources"))
    if totals.by_source:
        values = numpy.array(totals.by_source, dtype=float)
        yield Expected(f"{prefix}/match_by_source", values, (sources, years), numpy.abs(values))
    for kind, table in (("gross", totals.gross), ("net", totals.net)):
        if table:
            values = numpy.array(list(table.values()), dtype=float)
            yield Expected(f"{prefix}/outcome_{kind}", values, (list(table), years),
                           numpy.abs(values))


def output_datasets(sample):
    """Horizon outputs; a program without the outcome has NaN."""
    programs = list(sample.outputs)
    for name in output_names(sample):
        rows = [sample.outputs[program].get(name, model.UNDEFINED) for program in programs]
        yield Expected(f"outputs/{name}", numpy.array([row.value for row in rows]), (programs,),
                       numpy.array([row.scale for row in rows]), name == "payback_year")


def output_names(sample):
    """All outputs of the sample, in order of first appearance."""
    return list(dict.fromkeys(name for rows in sample.outputs.values() for name in rows))


# --------------------------------------------------------------------- draws as a file holds them

class TraceDraws:
    """The draws of one sample from a file; one that is absent is regenerated, and noted."""

    def __init__(self, seed, sample, arrays, sets):
        self.regenerated = stream.Draws(seed, sample)
        self.arrays = {name: row for each in sets if each.path in arrays
                       for name, row in each.streams(arrays[each.path])}
        self.home = {name: each.path for each in sets
                     for name in (each.names if isinstance(each.names, list) else [each.names])}
        self.missed = set()

    def uniform(self, name, index=0):
        """As draws.Draws.uniform."""
        return self.draw(name, index, self.regenerated.uniform)

    def normal(self, name, index=0):
        """As draws.Draws.normal."""
        return self.draw(name, index, self.regenerated.normal)

    def draw(self, name, index, regenerate):
        """From the file where it has it."""
        if name in self.arrays:
            return float(self.arrays[name][index])
        self.missed.add(self.home.get(name, name))
        return regenerate(name, index)


# --------------------------------------------------------------------- writing

def write_trace(path, study_text, seed, sample_numbers):
    """A trace file made by the reference itself: what the comparer is tested on."""
    study = quantities.load_study(study_text)
    samples = [model.simulate_sample(study, seed, number) for number in sample_numbers]
    with h5py.File(path, "w") as file:
        file["sample"] = numpy.array(sample_numbers, dtype="u8")
        file["seed"] = numpy.uint64(seed)
        file["study"] = study_text
        paths = list(quantities.find_quantities(study))
        values = [quantities.sample_values(study, seed, number) for number in sample_numbers]
        file.create_dataset("parameters/path", data=paths, dtype=h5py.string_dtype())
        file["parameters/value"] = numpy.array([[row[p] for p in paths] for row in values])
        for each in draw_sets(study):
            file[each.path] = numpy.array([each.regenerate(seed, n) for n in sample_numbers])
        for columns in zip(*(expected_datasets(study, sample) for sample in samples)):
            file[columns[0].path] = numpy.array([column.values for column in columns])
