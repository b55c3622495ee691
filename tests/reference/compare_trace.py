#!/usr/bin/env python3
"""Holds a trace of the engine to the model: python3 tests/reference/compare_trace.py TRACE.h5 ...

From the study in the file it regenerates every draw (DESIGN section 3) and every quantity, then
recomputes each sample from the quantities and draws in the file, and compares every dataset that
MODEL section 11 names: numbers to 1e-10 of their size, or of the size of the terms they are sums
and differences of (a year's balance is what is left of much larger flows); integers, flags and
years exactly; NaN matches NaN only. It checks on the file alone that every unit's ledger closes
(section 6), that no budget dollar is lost (section 2), and that accounts are the sums of units.
It prints the worst deviation of every dataset and exits with 1 on any mismatch or missing dataset.
"""

import math
import os
import sys

import h5py
import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import fulcrum_reference as model  # noqa: E402
import quantities  # noqa: E402
import trace_layout as layout  # noqa: E402

MODEL_TOLERANCE = 1e-10      # of the model's numbers
NORMAL_TOLERANCE = 1e-12     # of a normal draw; a uniform is equal bit for bit
QUANTITY_TOLERANCE = 1e-9    # of a quantity against its quantile function
LAW_TOLERANCE = 1e-9         # of a conservation law, as a share of the money it is about
DISCRETE = ("discrete", "empirical")


class Report:
    """The worst deviation of every dataset, and what is wrong."""

    def __init__(self):
        self.worst = {}       # dataset -> (deviation, where)
        self.failures = []
        self.unknown = []     # datasets that section 11 does not name

    def fail(self, text):
        """Something is wrong that has no deviation."""
        self.failures.append(text)

    def compare(self, path, expected, got, scale, tolerance, where):
        """Compares arrays; `where` turns an index into words. Zero tolerance means equal."""
        expected, got = numpy.asarray(expected, float), numpy.asarray(got, float)
        if expected.shape != got.shape:
            self.fail(f"{path}: shape {got.shape} where {expected.shape} is expected")
            return
        deviation = deviations(expected, got, numpy.asarray(scale, float))
        self.note_worst(path, expected, got, deviation, where)
        wrong = numpy.argwhere(~(deviation <= tolerance))
        for index in map(tuple, wrong[:3]):
            self.fail(f"{path} {where(index)}: expected {expected[index]:.17g}, "
                      f"got {got[index]:.17g}, deviation {deviation[index]:.2e}")
        if len(wrong) > 3:
            self.fail(f"{path}: and {len(wrong) - 3} more")

    def note_worst(self, path, expected, got, deviation, where):
        """Keeps the worst entry of a dataset over samples."""
        if deviation.size == 0:
            self.worst.setdefault(path, (0.0, "empty"))
            return
        index = numpy.unravel_index(numpy.argmax(deviation), deviation.shape)
        text = "" if deviation[index] == 0 else (
            f"{where(index)}: expected {expected[index]:.17g}, got {got[index]:.17g}")
        if path not in self.worst or deviation[index] > self.worst[path][0]:
            self.worst[path] = (float(deviation[index]), text)

    def show(self, file=sys.stdout):
        """Prints everything; true when nothing is wrong."""
        for path, (deviation, text) in self.worst.items():
            print(f"{deviation:9.2e}  {path}  {text}".rstrip(), file=file)
        for path in self.unknown:
            print(f"    not compared, not in MODEL section 11: {path}", file=file)
        for text in self.failures:
            print(f"WRONG  {text}", file=file)
        verdict = f"{len(self.failures)} wrong" if self.failures else "all agree"
        print(f"{len(self.worst)} datasets compared, {verdict}", file=file)
        return not self.failures


def deviations(expected, got, scale):
    """|got - expected| by the larger of |expected| and scale; 0 if the same, NaN matches NaN."""
    same = (expected == got) | (numpy.isnan(expected) & numpy.isnan(got))
    size = numpy.fmax(numpy.abs(expected), scale)
    with numpy.errstate(invalid="ignore", divide="ignore"):
        relative = numpy.abs(got - expected) / size
    return numpy.where(same, 0.0, numpy.where(numpy.isfinite(relative), relative, math.inf))


class Trace:
    """A trace file: its samples, seed, study, quantities and datasets."""

    def __init__(self, file, report):
        self.file, self.report = file, report
        self.study = quantities.load_study(text_of(file["study"][()]))
        self.seed = int(numpy.ravel(file["seed"][()])[0])
        self.samples = [int(number) for number in numpy.ravel(file["sample"][()])]
        self.paths = []
        if "parameters/path" in file and "parameters/value" in file:
            self.paths = [text_of(path) for path in file["parameters/path"][()]]
        self.sets = layout.draw_sets(self.study)

    def values(self, i):
        """{path: value} of the quantities of the i-th sample."""
        if not self.paths:
            return {}
        return dict(zip(self.paths, map(float, self.file["parameters/value"][i])))

    def array(self, path, i):
        """The i-th sample of a dataset, or None where the file lacks it or its first dimension."""
        if path not in self.file:
            return None
        data = self.file[path]
        if data.ndim == 0 or data.shape[0] != len(self.samples):
            self.report.fail(f"{path}: first dimension of {data.shape} is not the sample")
            return None
        return data[i]


def text_of(value):
    """A string of HDF5, whatever way it is stored."""
    value = value.item() if isinstance(value, numpy.ndarray) else value
    return value.decode() if isinstance(value, bytes) else str(value)


def check_trace(path):
    """The report on a trace file."""
    report = Report()
    with h5py.File(path, "r") as file:
        missing = [name for name in ("sample", "seed", "study") if name not in file]
        for name in missing:
            report.fail(f"{name}: missing")
        if missing:
            return report
        trace = Trace(file, report)
        for i, number in enumerate(trace.samples):
            complete = check_quantities(trace, i, number)
            draws = check_draws(trace, i, number)
            if complete:
                check_model(trace, i, number, draws)
                check_laws(trace, i, number)
    report.failures = list(dict.fromkeys(report.failures))
    return report


def check_quantities(trace, i, number):
    """Every sampled quantity is the quantile at its uniform; true if all are in the file."""
    report, values = trace.report, trace.values(i)
    sampled = quantities.find_quantities(trace.study)
    for path in ("parameters/path", "parameters/value"):
        if sampled and path not in trace.file:
            report.fail(f"{path}: missing")
    u = quantities.parameter_uniforms(trace.study, trace.seed, number)
    for path, (family, parameters) in sampled.items():
        if path not in values:
            report.fail(f"parameters: {path} is missing")
            continue
        expected = quantities.quantile(family, parameters, u[path])
        tolerance = 0.0 if family in DISCRETE else QUANTITY_TOLERANCE
        report.compare("parameters/value", expected, values[path], 0.0, tolerance,
                       lambda _, p=path: f"{p}, sample {number}")
    for path in set(values) - set(sampled):
        check_fixed(trace, path, values[path])
    return set(sampled) <= set(values)


def check_fixed(trace, path, value):
    """A path in the file that is no distribution must be a number of the study."""
    try:
        node = quantities.with_values(trace.study, trace.values(0))
        for key in path.split("/"):
            node = node[int(key)] if isinstance(node, list) else node[key]
        known = float(node) == value
    except (KeyError, IndexError, TypeError, ValueError):
        known = False
    if not known:
        trace.report.fail(f"parameters: {path} is not a quantity of the study")


def check_draws(trace, i, number):
    """Every draw in the file is the one regenerated; gives the draws for the model."""
    arrays = {}
    for each in trace.sets:
        got = trace.array(each.path, i)
        if got is None:
            continue
        tolerance = 0.0 if each.kind == "u" else NORMAL_TOLERANCE
        expected = each.regenerate(trace.seed, number)
        trace.report.compare(each.path, expected, got, 0.0, tolerance, draw_place(each, number))
        if numpy.shape(got) == expected.shape:
            arrays[each.path] = got
    return layout.TraceDraws(trace.seed, number, arrays, trace.sets)


def draw_place(each, number):
    """Words for an index into a dataset of draws."""
    def words(index):
        index = list(index)
        name = each.names[index.pop(0)] if isinstance(each.names, list) else each.names
        return f"{name} index {index[0] if index else 0}, sample {number}"

    return words


def check_model(trace, i, number, draws):
    """Recomputes one sample and compares every dataset that the model writes."""
    sample = model.simulate(trace.study, trace.values(i), draws)
    for path in sorted(draws.missed):
        trace.report.fail(f"{path}: missing, and it matters in sample {number}")
    known = set()
    for expected in layout.expected_datasets(trace.study, sample):
        known.add(expected.path)
        got = trace.array(expected.path, i)
        if got is None:
            if expected.path not in trace.file:
                trace.report.fail(f"{expected.path}: missing")
            continue
        tolerance = 0.0 if expected.exact else MODEL_TOLERANCE
        trace.report.compare(expected.path, expected.values, got, expected.scale, tolerance,
                             value_place(expected, number))
    note_unknown(trace, known)


def value_place(expected, number):
    """Words for an index into a dataset of the model."""
    def words(index):
        names = " ".join(labels[at] for labels, at in zip(expected.labels, index))
        return f"{names}, sample {number}"

    return words


def note_unknown(trace, known):
    """Datasets that section 11 does not name are only mentioned."""
    known = known | {each.path for each in trace.sets} | {
        "sample", "seed", "study", "parameters/path", "parameters/value"}
    found = []
    trace.file.visititems(lambda path, node: found.append(path)
                          if isinstance(node, h5py.Dataset) else None)
    trace.report.unknown = [path for path in found if path not in known]


# --------------------------------------------------------------------- laws on the file alone

def check_laws(trace, i, number):
    """Ledgers close, budgets are conserved, and accounts are the sums of units."""
    fixed = quantities.with_values(trace.study, trace.values(i))
    for program_id, program in model.named(fixed, "programs").items():
        prefix = f"programs/{program_id}"
        conserve_budget(trace, prefix, i, number)
        if program["instrument"] in model.UNIT_INSTRUMENTS:
            close_ledgers(trace, prefix, program, i, number)
            add_up_units(trace, prefix, i, number)


def columns(trace, prefix, names, i):
    """Datasets by name, or None where the file lacks one (reported elsewhere)."""
    arrays = {name: trace.array(f"{prefix}/{name}", i) for name in names}
    return None if any(array is None for array in arrays.values()) else arrays


def conserve_budget(trace, prefix, i, number):
    """B = drawn + lapsed + unallocated + administration + rescinded + terminated + deferred."""
    parts = ("federal", "lapsed", "unallocated", "administration", "rescinded", "terminated",
             "deferred")
    money = columns(trace, prefix, ("budget",) + parts, i)
    if money:
        total = sum(money[name] for name in parts)
        scale = layout.peak(money["budget"])
        trace.report.compare(f"{prefix} budget is conserved", money["budget"], total, scale,
                             LAW_TOLERANCE, lambda index: f"year {index[0]}, sample {number}")


def close_ledgers(trace, prefix, program, i, number):
    """H_t - H_{t-1} = interest + F + cash match + revenue - X + written_off."""
    names = ("interest", "federal", "match_cash", "own_revenue", "spending", "written_off",
             "balance", "scale", "age")
    line = columns(trace, prefix + "/units", names, i)
    if not line or line["balance"].size == 0:
        return
    cost = model.section(program, "cost")
    opening = numpy.where(line["age"][:, 0] > 0, model.number(cost, "opening")
                          * model.number(cost, "ratio") * line["scale"][:, 0], 0.0)
    before = numpy.column_stack([opening, line["balance"][:, :-1]])
    flows = (line["interest"] + line["federal"] + line["match_cash"] + line["own_revenue"]
             - line["spending"] + line["written_off"])
    largest = numpy.max([numpy.abs(line[name]).max(axis=1) for name in names[:7]], axis=0)
    scale = numpy.repeat(largest[:, None], flows.shape[1], axis=1)
    trace.report.compare(f"{prefix} ledgers close", line["balance"] - before, flows, scale,
                         LAW_TOLERANCE,
                         lambda index: f"unit {index[0]} year {index[1]}, sample {number}")


def add_up_units(trace, prefix, i, number):
    """An account of the program is the sum of its units' ledgers."""
    for name in ("federal", "committed_match", "match", "match_cash", "own_revenue", "shortfall",
                 "written_off", "balance", "active", "funded", "self_sustaining"):
        total = trace.array(f"{prefix}/{name}", i)
        units = trace.array(f"{prefix}/units/{name}", i)
        if total is not None and units is not None:
            added = numpy.asarray(units, float).sum(axis=0)
            scale = numpy.abs(numpy.asarray(units, float)).sum(axis=0)
            trace.report.compare(f"{prefix} {name} is the sum of units", added, total, scale,
                                 LAW_TOLERANCE, lambda at: f"year {at[0]}, sample {number}")


def main():
    """Checks every file named; exits with 1 if anything is wrong."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    good = [check_trace(path).show() for path in sys.argv[1:]]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
