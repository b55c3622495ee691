#!/usr/bin/env python3
"""The scalar C peer computes the same model as the engine: its distributions agree with the engine's.

Both evaluate the baseline with their own draws; means, standard deviations, quantiles and shares of
undefined and infinite samples of every output must then differ by no more than chance allows. Outputs
hang together, so that one unlucky budget shows in dozens of them: what is asked is how large the
largest difference is, and how many are large. Seeds are fixed."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers"))

import flatten  # noqa: E402

BUILD = os.environ.get("BUILD", "build/current")
PEER = os.path.join(BUILD, "tests/bench/peers/portfolio_gsl")
SAMPLES = 10000
PROBABILITIES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
FIELDS = ("defined", "infinite", "mean", "sd", "skewness", "kurtosis", "minimum", "maximum")
UNIT_YEARS = 4966  # of the baseline, as parts_bench counts them
ENOUGH = 30  # finite samples, below which an output's mean is not compared


def resolved(*changes):
    """The baseline as the engine resolves it, perhaps with changes."""
    command = [os.path.join(BUILD, "fulcrum"), "check", "--canonical", "inputs/baseline.yaml"]
    for change in changes:
        command += ["--set", change]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def run_peer(folder, study, *options):
    """(what it prints, readings of all outputs by FIELDS and quantiles) of the peer."""
    numbers = flatten.Flattener(flatten.load(study)).flatten()
    flat, results = os.path.join(folder, "study.flat"), os.path.join(folder, "readings")
    with open(flat, "w", encoding="ascii") as file:
        file.write("\n".join(f"{number:.17g}" for number in numbers))
    printed = subprocess.run([PEER, flat, "--results", results, *options], check=True,
                             capture_output=True, text=True).stdout
    table = numpy.fromfile(results).reshape(-1, len(FIELDS) + len(PROBABILITIES)).T
    return json.loads(printed), table


class Engine:
    """Statistics of a result of the engine, in the peer's order of outputs."""

    def __init__(self, path, outputs):
        self.outputs = outputs
        with h5py.File(path) as file:
            self.tables = {name: item[()] for name, item in file.items()
                           if isinstance(item, h5py.Dataset)}

    def of(self, statistic):
        """One value of each output; of a quantile one for each of PROBABILITIES."""
        known = {axis: [name.decode() for name in self.tables[axis]]
                 for axis in ("program", "source", "outcome")}
        values = []
        for metric, program, member, year in self.outputs:
            value = self.tables[f"{metric}_{statistic}"][known["program"].index(program)]
            if member is not None:
                axis = "source" if metric == "match_by_source" else "outcome"
                value = value[known[axis].index(member)]
            values.append(value if year is None else value[year])
        if statistic.startswith("quantile"):
            places = [int(numpy.argmin(abs(self.tables["quantile"] - p))) for p in PROBABILITIES]
            return numpy.array(values)[:, places].T
        return numpy.array(values, dtype=float)


def standardised(difference, error, scale):
    """Differences over their standard errors; where nothing varies they must be 0 but for rounding."""
    small = abs(difference) <= 1e-9 * abs(scale) + 1e-12
    with numpy.errstate(divide="ignore", invalid="ignore"):
        return numpy.where(small, 0.0, difference / error)


def share_differences(peer, engine, samples):
    """Of the shares of defined and of infinite samples."""
    found = []
    for field in ("defined", "infinite"):
        ours, theirs = peer[FIELDS.index(field)] / samples, engine.of(field) / samples
        both = (ours + theirs) / 2
        found.append(standardised(ours - theirs, numpy.sqrt(both * (1 - both) * 2 / samples), 1.0))
    return numpy.concatenate(found)


def moment_differences(peer, engine):
    """(of means, of standard deviations), of outputs with enough finite samples."""
    row = dict(zip(FIELDS, peer))
    n = row["defined"] - row["infinite"]
    n_engine = engine.of("defined") - engine.of("infinite")
    enough = (n >= ENOUGH) & (n_engine >= ENOUGH)
    mean, sd = engine.of("mean"), engine.of("sd")
    with numpy.errstate(divide="ignore", invalid="ignore"):
        of_means = standardised(row["mean"] - mean,
                                numpy.sqrt(row["sd"] ** 2 / n + sd ** 2 / n_engine), mean)
        own = row["sd"] * numpy.sqrt(numpy.maximum(row["kurtosis"] + 2, 0) / n) / 2
        # Of what never varied in one of the two, the other's error stands alone.
        error = numpy.hypot(numpy.nan_to_num(own), numpy.nan_to_num(engine.of("sd_standard_error")))
        of_sds = standardised(row["sd"] - sd, error, mean)
    return of_means[enough], of_sds[enough]


def quantile_differences(peer, engine):
    """Of quantiles that both have as finite numbers, in standard errors of the engine's interval."""
    ours, theirs = peer[len(FIELDS):], engine.of("quantile")
    with numpy.errstate(invalid="ignore"):
        width = (engine.of("quantile_high") - engine.of("quantile_low")) / (2 * 1.96)
    finite = numpy.isfinite(ours) & numpy.isfinite(theirs) & numpy.isfinite(width)
    ours, theirs, width = ours[finite], theirs[finite], width[finite]
    return standardised(ours - theirs, numpy.sqrt(2) * width, theirs)


class PeerTest(unittest.TestCase):
    """The peer against the engine."""

    @classmethod
    def setUpClass(cls):
        if not os.path.exists(PEER):
            raise unittest.SkipTest("the C peer is not built: no GSL (apt-get install libgsl-dev)")
        cls.folder = tempfile.TemporaryDirectory()
        cls.study = resolved()
        flattener = flatten.Flattener(flatten.load(cls.study))
        flattener.flatten()
        result = os.path.join(cls.folder.name, "engine.h5")
        subprocess.run([os.path.join(BUILD, "fulcrum"), "run", "inputs/baseline.yaml", "-q", "-n",
                        str(SAMPLES), "-o", result], check=True, capture_output=True)
        cls.engine = Engine(result, flattener.outputs())
        cls.printed, cls.peer = run_peer(cls.folder.name, cls.study, "--samples", str(SAMPLES),
                                         "--aggregate", "select")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def large(self, differences, limit=3.0):
        """Share of differences beyond so many standard errors; undefined ones are beyond."""
        return float(numpy.mean(~(abs(differences) <= limit)))

    def test_unit_years_and_outputs_are_counted_as_the_engine_does(self):
        self.assertEqual(self.printed["unit_years_per_sample"], UNIT_YEARS)
        self.assertEqual(self.printed["outputs"], len(self.engine.outputs))
        self.assertEqual(len(set(self.engine.outputs)), len(self.engine.outputs))

    def test_shares_of_undefined_and_infinite_samples_agree(self):
        differences = share_differences(self.peer, self.engine, SAMPLES)
        self.assertLess(abs(differences).max(), 5.0)
        self.assertLess(self.large(differences), 0.005)

    def test_means_and_deviations_of_all_outputs_agree(self):
        for differences in moment_differences(self.peer, self.engine):
            self.assertGreater(len(differences), 7000)
            self.assertLess(abs(differences).max(), 6.0)
            self.assertLess(self.large(differences), 0.01)

    def test_quantiles_of_all_outputs_agree(self):
        differences = quantile_differences(self.peer, self.engine)
        self.assertGreater(len(differences), 45000)
        # At the edge of an atom a quantile may fall on either side of it.
        self.assertLess(self.large(differences), 0.005)

    def test_selection_and_sorting_give_the_same_and_p2_nearly(self):
        few = ("--samples", "600")
        selected = run_peer(self.folder.name, self.study, *few, "--aggregate", "select")[1]
        ordered = run_peer(self.folder.name, self.study, *few, "--aggregate", "sort")[1]
        self.assertTrue(numpy.array_equal(selected, ordered, equal_nan=True))
        streamed = run_peer(self.folder.name, self.study, *few, "--aggregate", "p2")[1]
        for field in ("defined", "infinite", "mean", "sd", "minimum", "maximum"):
            numpy.testing.assert_allclose(streamed[FIELDS.index(field)],
                                          selected[FIELDS.index(field)], rtol=1e-7, atol=1e-9)
        median = len(FIELDS) + PROBABILITIES.index(0.5)
        smooth = self.engine.outputs.index(("npv", "portfolio", None, None))
        self.assertLess(abs(streamed[median][smooth] - selected[median][smooth]),
                        0.2 * selected[FIELDS.index("sd")][smooth])

    def test_faults_planted_in_the_study_are_noticed(self):
        for change in ("programs/RIE/taper/start=9", "programs/MEP/cost/adapt=0.3"):
            faulty = run_peer(self.folder.name, resolved(change), "--samples", "2500",
                              "--aggregate", "select")[1]
            of_means, _ = moment_differences(faulty, self.engine)
            self.assertGreater(abs(of_means).max(), 6.0, change)

    def test_what_the_peer_does_not_know_is_refused(self):
        for change in ("programs/MEP/units/indexed=true",
                       "programs/MEP/cost/ratio={weibull: {shape: 9, scale: 2.2}}",
                       "programs/MEP/cost/ratio={uniform: {min: 2, max: 2.2}}",
                       "programs/RIC/revenue/streams/dues/ramp/width={uniform: {min: 1, max: 2}}"):
            with self.assertRaises(flatten.Refused, msg=change):
                flatten.Flattener(flatten.load(resolved(change))).flatten()


if __name__ == "__main__":
    unittest.main()
