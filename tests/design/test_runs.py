"""Runs with --design: equal bytes however they are cut, refusals of what would mix or unbalance
points, and on a whole study less spread over seeds than Monte Carlo."""
import os
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

BUILD = os.environ.get("BUILD", "build/current")
STUDY = "inputs/first_study.yaml"
ENVIRONMENT = {
    **os.environ,
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
}


def fulcrum(*words, ranks=1, isa=None, code=0):
    """Standard output, or the error where another exit code is expected."""
    launcher = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    environment = {**ENVIRONMENT, "FULCRUM_ISA": isa} if isa else ENVIRONMENT
    done = subprocess.run(
        [*launcher, f"{BUILD}/fulcrum", *map(str, words)], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != code:
        raise AssertionError(f"{words}: exit {done.returncode}: {done.stderr}")
    return done.stderr if code else done.stdout


class Runs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run_to(self, name, design, samples, *more, **settings):
        path = self.path(name)
        fulcrum("run", STUDY, "--design", design, "-n", samples, "-o", path, "-q", *more, **settings)
        return path

    def bytes_of(self, path):
        with open(path, "rb") as file:
            return file.read()

    def test_ranks_and_instruction_sets_give_equal_bytes(self):
        for design, samples in (("sobol", 8192), ("lhs", 8208)):
            whole = self.bytes_of(self.run_to("one.h5", design, samples, isa="generic"))
            self.assertEqual(whole, self.bytes_of(self.run_to("three.h5", design, samples, ranks=3)))

    def test_shards_join_to_equal_bytes(self):
        for design in ("sobol", "lhs"):
            whole = self.bytes_of(self.run_to("whole.h5", design, 8192))
            parts = [self.run_to(f"{design}{k}", design, 8192, "--shard", f"{k}/3") for k in (1, 2, 3)]
            fulcrum("merge", *parts, "-o", self.path("merged.h5"), "-q")
            self.assertEqual(whole, self.bytes_of(self.path("merged.h5")))

    def test_sobol_is_extended_to_equal_bytes(self):
        self.run_to("run.h5", "sobol", 4096)
        extended = self.bytes_of(self.run_to("run.h5", "sobol", 8192, "--extend"))
        self.assertEqual(extended, self.bytes_of(self.run_to("whole.h5", "sobol", 8192)))

    def test_results_verify_and_say_their_design(self):
        for design, title in (("sobol", "scrambled Sobol' points"), ("lhs", "Latin hypercube"), ("mc", "Monte Carlo")):
            path = self.run_to("run.h5", design, 4096)
            self.assertIn("the same bits", fulcrum("verify", path))
            with h5py.File(path) as file:
                self.assertEqual(file.attrs["design"], title)
                self.assertEqual("errors" in file.attrs, design != "mc")

    def test_a_traced_sample_is_the_one_that_was_kept(self):
        for design in ("sobol", "lhs"):
            self.run_to("run.h5", design, 4096, "--samples")
            fulcrum("trace", STUDY, "--design", design, "-n", 4096, "--sample", 1234, "-o", self.path("trace.h5"))
            with h5py.File(self.path("run.samples.h5")) as kept, h5py.File(self.path("trace.h5")) as trace:
                traced = trace["parameters/value"][0]
                self.assertEqual(traced.tobytes(), kept["parameter"][1234].tobytes())
                place = list(kept["name"].asstr()[:]).index("portfolio/leverage_ratio")
                self.assertEqual(trace["outputs/leverage_ratio"][0, -1], kept["output"][1234, place])

    def test_other_points_are_not_mixed_in(self):
        run = self.run_to("run.h5", "sobol", 4096)
        for design, samples in (("mc", 8192), ("lhs", 8192)):
            fulcrum("run", STUDY, "--design", design, "-n", samples, "-o", run, "--extend", "-q",
                    code=2 if design == "lhs" else 65)
        parts = [self.run_to(f"{k}", design, 8192, "--shard", f"{k}/2") for k, design in ((1, "sobol"), (2, "lhs"))]
        self.assertIn("design sobol", fulcrum("merge", *parts, "-o", self.path("merged.h5"), code=65))

    def test_unbalanced_numbers_are_refused(self):
        for design, samples, remedy in (("sobol", 100000, "65536 or 131072"), ("lhs", 1001, "992 or 1008"),
                                        ("halton", 1000, "mc (Monte Carlo)")):
            told = fulcrum("run", STUDY, "--design", design, "-n", samples, "-o", self.path("x.h5"), code=2)
            self.assertIn(remedy, told)
            self.assertFalse(os.path.exists(self.path("x.h5")))

    def test_means_scatter_less_than_those_of_monte_carlo(self):
        """Over 12 seeds, median over horizon outputs of the ratio of variances."""
        variances = {}
        for design in ("mc", "lhs", "sobol"):
            means = []
            for seed in range(12):
                with h5py.File(self.run_to("run.h5", design, 4096, "--seed", seed)) as file:
                    names = [name for name in file if name.endswith(("_ratio_mean", "npv_mean", "_return_mean"))]
                    means.append(np.concatenate([np.ravel(file[name]) for name in names]))
            variances[design] = np.var(means, axis=0)
        fine = np.isfinite(variances["mc"]) & (variances["mc"] > 0)
        for design, least in (("lhs", 1.5), ("sobol", 2.0)):
            gains = variances["mc"][fine] / variances[design][fine]
            self.assertGreater(np.median(gains), least, gains)


if __name__ == "__main__":
    unittest.main()
