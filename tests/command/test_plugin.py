#!/usr/bin/env python3
"""Plug-in models (include/fulcrum/model.h): built as anybody builds them, then taken through every command.

What is known in closed form comes out; the bytes do not depend on ranks, kills or where a run goes on; every
fault that a model can have gets one line that says what is wrong. The draws of a plug-in are regenerated here
from their names with hashlib and numpy alone.
"""

import hashlib
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import h5py
import numpy
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

import fulcrum  # noqa: E402

MODELS = os.path.join(fulcrum.ROOT, "tests", "models")
EXAMPLE = os.path.join(fulcrum.INPUTS, "models", "learning")
LAUNCH = ["mpirun"]
STUDY, INPUT, INTERNAL, REQUEUE = 65, 66, 70, 75
FLAGS = ["-std=c11", "-O1", "-fPIC", "-shared", "-ffp-contract=off", "-I" + os.path.join(fulcrum.ROOT, "include")]


def build(source, output, *flags, compiler=None):
    """A shared object from one file."""
    subprocess.run([compiler or os.environ.get("CC", "gcc"), *FLAGS, *flags, "-o", output, source, "-lm"],
                   check=True)
    return output


def launch(ranks, *arguments, **settings):
    """The program on so many ranks."""
    return fulcrum.run(*arguments, launcher=[*LAUNCH, "-n", str(ranks)], **settings)


def uniforms(seed, name, samples, index=0):
    """Draws of a name, from the contract alone: SHA-256 of the name, PCG64, output 64 i + index."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    words = [int.from_bytes(digest[at:at + 16], "big") for at in (0, 16)]
    mask = (1 << 128) - 1
    increment = (words[1] << 1 | 1) & mask
    state = ((increment + words[0]) * 0x2360ED051FC65DA44385DF649FCCF645 + increment) & mask
    generator = numpy.random.PCG64()
    generator.state = {"bit_generator": "PCG64", "state": {"state": state, "inc": increment},
                       "has_uint32": 0, "uinteger": 0}
    raw = generator.random_raw(64 * samples)[index::64]
    return ((raw >> numpy.uint64(12)).astype(float) + 0.5) * 2.0 ** -52


class WithModels(unittest.TestCase):
    """Models are built once; each test writes into a folder of its own."""

    @classmethod
    def setUpClass(cls):
        cls.built = tempfile.TemporaryDirectory(prefix="fulcrum-models-")
        cls.addClassCleanup(cls.built.cleanup)

    def setUp(self):
        folder = fulcrum.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        """A path in the folder."""
        return os.path.join(self.folder, name)

    def write(self, name, content):
        """A new text in the folder."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(content)
        return self.path(name)

    def model(self, name):
        """One of the test models."""
        output = os.path.join(self.built.name, name + ".so")
        return output if os.path.exists(output) else build(os.path.join(MODELS, name + ".c"), output)

    def faulty(self, fault, *flags):
        """A model with a fault."""
        output = os.path.join(self.built.name, fault + ".so")
        source = os.path.join(MODELS, "faults", "faulty.c")
        return output if os.path.exists(output) else build(source, output, "-DFAULT=" + fault, *flags)

    def refused(self, code, pattern, *arguments, **settings):
        """Exit code and one line of error."""
        done = fulcrum.run(*arguments, **settings)
        words = " ".join(map(str, arguments))
        self.assertEqual(done.returncode, code, f"{words}: {done.stderr}")
        self.assertEqual(done.stderr.count("\n"), 1, f"{words}: {done.stderr}")
        self.assertRegex(done.stderr, r"^fulcrum( [a-z]+)?: ", words)
        self.assertRegex(done.stderr, pattern, words)

    def simulate(self, output, *arguments):
        """A run into the folder; gives the open file."""
        fulcrum.must("run", *arguments, "-q", "-o", self.path(output))
        file = h5py.File(self.path(output), "r")
        self.addCleanup(file.close)
        return file

    def same(self, *names):
        """The bytes of all files are the same."""
        digests = set()
        for name in names:
            with open(self.path(name), "rb") as file:
                digests.add(hashlib.sha256(file.read()).hexdigest())
        self.assertEqual(len(digests), 1, names)


class Answers(WithModels):
    """What is known in closed form."""

    def near(self, file, output, mean, sd=None):
        """Mean and standard deviation within five standard errors."""
        error = file[output + "_standard_error"][0]
        self.assertLess(abs(file[output + "_mean"][0] - mean), 5 * error)
        if sd is not None:
            error = file[output + "_sd_standard_error"][0]
            self.assertLess(abs(file[output + "_sd"][0] - sd), 5 * error)

    def test_ishigami_has_its_mean_and_variance(self):
        file = self.simulate("i.h5", "--model", self.model("ishigami"), "-n", 400000)
        variance = 7 ** 2 / 8 + 0.1 * math.pi ** 4 / 5 + 0.1 ** 2 * math.pi ** 8 / 18 + 0.5
        self.near(file, "y", 3.5, math.sqrt(variance))

    def test_sobol_g_has_its_mean_and_variance(self):
        file = self.simulate("g.h5", "--model", self.model("sobol_g"), "-n", 400000)
        product = 1.0
        for a in (0, 1, 4.5, 9, 99, 99, 99, 99):
            product *= 1 + 1 / (3 * (1 + a) ** 2)
        self.near(file, "y", 1.0, math.sqrt(product - 1))

    def test_evenly_spread_points_are_nearer(self):
        file = self.simulate("g.h5", "--model", self.model("sobol_g"), "-n", 2 ** 17, "--design", "sobol")
        self.assertLess(abs(file["y_mean"][0] - 1), 5 * file["y_standard_error"][0])
        self.assertLess(file["y_standard_error"][0], 2e-4)

    def test_a_linear_model_of_tied_gaussians_has_its_variance(self):
        study = self.write("linear.yaml", "fulcrum: 1\nquantities: {b: {x1: 2}, noise: 0.5}\ndependence:\n"
                           "- {pair: [quantities/x1, quantities/x2], rank: 0.6}\n"
                           "- {pair: [quantities/x2, quantities/x3], rank: -0.3}\n")
        file = self.simulate("l.h5", study, "--model", self.model("linear"), "-n", 400000)
        weights, matrix = numpy.array([2, 1, 1, 0.5]), numpy.eye(4)
        matrix[0, 1] = matrix[1, 0] = 2 * math.sin(math.pi * 0.6 / 6)
        matrix[1, 2] = matrix[2, 1] = 2 * math.sin(math.pi * -0.3 / 6)
        self.near(file, "y", 0, math.sqrt(weights @ matrix @ weights + 0.25))

    def test_borehole_morris_and_oakley_are_what_numpy_computes(self):
        for name in ("borehole", "morris20", "oakley_ohagan"):
            traced = self.path(name + ".h5")
            fulcrum.must("trace", "--model", self.model(name), "--sample", "0,1,17", "-o", traced)
            with h5py.File(traced) as file:
                x = file["parameters/value"][()]
                y = file["outputs"][list(file["outputs"])[0]][:, 0]
            numpy.testing.assert_allclose(y, [getattr(self, name)(row) for row in x], rtol=1e-12)

    @staticmethod
    def borehole(x):
        """Harper and Gupta's flow."""
        rw, r, tu, hu, tl, hl, length, kw = x
        ratio = math.log(r / rw)
        return 2 * math.pi * tu * (hu - hl) / (ratio * (1 + 2 * length * tu / (ratio * rw ** 2 * kw) + tu / tl))

    @staticmethod
    def morris20(x):
        """By arrays of coefficients, as the paper writes it."""
        w = 2 * (x - 0.5)
        for i in (2, 4, 6):
            w[i] = 2 * (1.1 * x[i] / (x[i] + 0.1) - 0.5)
        i = numpy.arange(1, 21)
        first = numpy.where(i <= 10, 20.0, (-1.0) ** i)
        second = numpy.triu((-1.0) ** (i[:, None] + i[None, :]), 1)
        second[:6, :6] = numpy.triu(numpy.full((6, 6), -15.0), 1)
        third = -10 * sum(w[a] * w[b] * w[c] for a in range(5) for b in range(a + 1, 5) for c in range(b + 1, 5))
        return first @ w + w @ second @ w + third + 5 * w[0] * w[1] * w[2] * w[3]

    @staticmethod
    def oakley_ohagan(x):
        """With the coefficients as the model's source has them."""
        with open(os.path.join(MODELS, "oakley_ohagan.c"), encoding="utf-8") as file:
            source = file.read()
        table = {}
        for name in ("linear", "sine", "cosine", "quadratic"):
            body = re.search(r"double %s\[.*?= (\{.*?\});" % name, source, re.S).group(1)
            table[name] = numpy.array([float(word) for word in re.findall(r"-?[0-9.]+(?:e-?\d+)?", body)])
        square = table["quadratic"].reshape(15, 15)
        return table["linear"] @ x + table["sine"] @ numpy.sin(x) + table["cosine"] @ numpy.cos(x) + x @ square @ x


class Draws(WithModels):
    """Addressed by name, sample and index, as all draws are."""

    def test_draws_of_quantities_and_shocks_are_regenerated_by_name(self):
        samples = [0, 1, 2, 191, 192, 1000]
        traced = self.path("t.h5")
        fulcrum.must("trace", "--model", self.model("linear"), "--seed", 9, "--set", "quantities/noise=1",
                     "--sample", ",".join(map(str, samples)), "-o", traced)
        with h5py.File(traced) as file:
            paths = [path.decode() for path in file["parameters/path"][()]]
            values, u, z = (file[name][()] for name in ("parameters/value", "shocks/draw_u", "shocks/draw_z"))
            names = [name.decode() for name in file["shocks/shock"][()]]
            y = file["outputs/y"][:, 0]
        self.assertEqual(paths, [f"quantities/x{i}" for i in range(1, 5)])
        self.assertEqual(names, ["shocks/error"])
        for q, path in enumerate(paths):
            expected = stats.norm.ppf(uniforms(9, path, 1001)[samples])
            numpy.testing.assert_allclose(values[:, q], expected, rtol=1e-13)
        for index in (0, 5, 63):
            numpy.testing.assert_array_equal(u[:, 0, index], uniforms(9, "shocks/error", 1001, index)[samples])
        numpy.testing.assert_allclose(z, stats.norm.ppf(u), rtol=1e-12)
        numpy.testing.assert_allclose(y, values @ [1, 1, 1, 0.5] + z[:, 0, 0], rtol=1e-13)

    def test_a_sample_is_the_same_in_every_run(self):
        file = self.simulate("r.h5", "--model", self.model("linear"), "-n", 5000)
        sample = file["y_maximum_sample"][0]
        traced = self.path("t.h5")
        fulcrum.must("trace", "--model", self.model("linear"), "--sample", sample, "-o", traced)
        with h5py.File(traced) as trace:
            self.assertEqual(trace["outputs/y"][0, 0], file["y_maximum"][0])


class Bytes(WithModels):
    """Equal whatever the ranks, and whenever killed."""

    def test_ranks_do_not_matter(self):
        study = self.write("s.yaml", "fulcrum: 1\nquantities: {noise: 1}\ntargets: [{output: linear/y, at_most: 0}]\n")
        for ranks in (1, 2, 3):
            done = launch(ranks, "run", study, "--model", self.model("linear"), "-n", 100001, "--samples", "-q",
                          "-o", self.path(f"r{ranks}.h5"))
            self.assertEqual(done.returncode, 0, done.stderr)
        self.same("r1.h5", "r2.h5", "r3.h5")
        self.same("r1.samples.h5", "r2.samples.h5", "r3.samples.h5")

    def test_stopped_and_resumed_is_as_in_one_piece(self):
        model = self.model("morris20")
        fulcrum.must("run", "--model", model, "-n", 1500000, "-q", "-o", self.path("whole.h5"))
        command = [fulcrum.PROGRAM, "run", "--model", model, "-n", "1500000", "-q", "-o", self.path("parts.h5")]
        with subprocess.Popen(command, env=fulcrum.environment(), stderr=subprocess.DEVNULL) as process:
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
        self.assertIn(process.returncode, (0, REQUEUE))
        done = launch(2, *command[1:], "--resume")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.same("whole.h5", "parts.h5")

    def test_killed_and_resumed_is_as_in_one_piece(self):
        model = self.model("morris20")
        fulcrum.must("run", "--model", model, "-n", 1500000, "-q", "-o", self.path("whole.h5"))
        command = [fulcrum.PROGRAM, "run", "--model", model, "-n", "1500000", "--checkpoint", "2e5", "-q", "-o",
                   self.path("parts.h5")]
        with subprocess.Popen(command, env=fulcrum.environment(), stderr=subprocess.DEVNULL) as process:
            limit = time.time() + 20
            while not os.path.exists(self.path("parts.h5.checkpoint")) and process.poll() is None and \
                    time.time() < limit:
                time.sleep(0.01)
            process.kill()
        fulcrum.must(*command[1:], "--resume")
        self.same("whole.h5", "parts.h5")

    def test_extended_and_joined_from_shards_is_as_in_one_piece(self):
        model = self.model("linear")
        fulcrum.must("run", "--model", model, "-n", 50000, "-q", "-o", self.path("whole.h5"))
        fulcrum.must("run", "--model", model, "-n", 20000, "-q", "-o", self.path("longer.h5"))
        fulcrum.must("run", "--model", model, "-n", 50000, "--extend", "-q", "-o", self.path("longer.h5"))
        shards = [self.path(f"part{k}") for k in (1, 2, 3)]
        for k, shard in enumerate(shards, 1):
            fulcrum.must("run", "--model", model, "-n", 50000, "--shard", f"{k}/3", "-q", "-o", shard)
        self.refused(STUDY, "name its library with --model", "merge", *shards, "-q", "-o", self.path("joined.h5"))
        fulcrum.must("merge", *shards, "--model", model, "-q", "-o", self.path("joined.h5"))
        self.same("whole.h5", "longer.h5", "joined.h5")

    def test_another_model_or_version_or_build_does_not_mix(self):
        source = os.path.join(MODELS, "linear.c")
        with open(source, encoding="utf-8") as file:
            text = file.read()
        other = build(self.write("linear.c", text.replace('.version = "1"', '.version = "2"')), self.path("v2.so"))
        rebuilt = build(source, self.path("rebuilt.so"), "-O2", "-g")
        shards = [self.path("p1"), self.path("p2")]
        fulcrum.must("run", "--model", self.model("linear"), "-n", 50000, "--shard", "1/2", "-q", "-o", shards[0])
        for library in (other, rebuilt):
            fulcrum.must("run", "--model", library, "-n", 50000, "--shard", "2/2", "-q", "-o", shards[1])
            self.refused(STUDY, "study|model", "merge", *shards, "--model", self.model("linear"), "-q", "-o",
                         self.path("joined.h5"))
        fulcrum.must("run", "--model", self.model("linear"), "-n", 9000, "-q", "-o", self.path("r.h5"))
        self.refused(STUDY, "version 1, and .*v2.so has 2", "verify", self.path("r.h5"), "--model", other)
        self.refused(STUDY, "SHA-256", "verify", self.path("r.h5"), "--model", rebuilt)
        self.refused(STUDY, "model linear, and .* has sobol_g", "verify", self.path("r.h5"), "--model",
                     self.model("sobol_g"))

    def test_instruction_sets_do_not_matter(self):
        for isa in ("generic", "v3", "v4"):
            done = fulcrum.run("run", "--model", self.model("linear"), "--set", "quantities/noise=1", "-n", 20000,
                               "-q", "-o", self.path(isa + ".h5"), FULCRUM_ISA=isa)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.same("generic.h5", "v3.h5", "v4.h5")


class Commands(WithModels):
    """Everything that works on the portfolio works on a plug-in."""

    def test_verify_computes_it_again(self):
        model = self.model("linear")
        fulcrum.must("run", "--model", model, "-n", 30001, "-q", "-o", self.path("r.h5"))
        said = fulcrum.must("verify", self.path("r.h5"), "--model", model, "--all")
        self.assertIn("the same bits", said)
        self.assertIn("byte by byte", said)
        self.refused(STUDY, "--model", "verify", self.path("r.h5"))

    def test_the_result_says_which_model_it_is_of(self):
        file = self.simulate("r.h5", "--model", self.model("linear"), "-n", 1000)
        with open(self.model("linear"), "rb") as library:
            digest = hashlib.sha256(library.read()).hexdigest()
        self.assertEqual((file.attrs["model"], file.attrs["model_version"], file.attrs["model_sha256"]),
                         (b"linear", b"1", digest.encode()) if isinstance(file.attrs["model"], bytes)
                         else ("linear", "1", digest))
        self.assertNotIn("fiscal_year", file)
        said = fulcrum.must("show", self.path("r.h5"))
        self.assertIn("model linear 1", said)
        self.assertRegex(said, r"(?m)^part +-?0\.")
        self.assertIn("part", fulcrum.must("show", self.path("r.h5"), "--list"))
        self.assertIn("linear/part [1]", fulcrum.must("show", self.path("r.h5"), "--output", "linear/part"))

    def test_until_ends_at_a_precision(self):
        done = fulcrum.must("run", "--model", self.model("ishigami"), "--until", "ishigami/y mean 1%", "-o",
                            self.path("u.h5"))
        self.assertIn("1 of 1 targets reached", done)
        fulcrum.must("verify", self.path("u.h5"), "--model", self.model("ishigami"))

    def test_kept_samples_have_quantities_and_outputs(self):
        fulcrum.must("run", "--model", self.model("linear"), "-n", 500, "--samples", "-q", "-o", self.path("k.h5"))
        with h5py.File(self.path("k.samples.h5")) as file:
            self.assertTrue(any("y" in name for name in file))

    def test_compare_is_paired(self):
        base = self.write("base.yaml", f"fulcrum: 1\nmodel: {self.model('linear')}\nquantities: {{noise: 1}}\n")
        self.write("more.yaml", "base: base.yaml\nset: {quantities/b/x1: 2}\n")
        self.write("policy.yaml", "base: base.yaml\nset: {quantities/noise: 2}\n")
        fulcrum.must("compare", base, self.path("policy.yaml"), self.path("more.yaml"), "-n", 20000, "-q", "-o",
                     self.path("c.h5"))
        for ranks in (2, 3):
            done = launch(ranks, "compare", base, self.path("policy.yaml"), self.path("more.yaml"), "-n", 20000,
                          "-q", "-o", self.path(f"c{ranks}.h5"))
            self.assertEqual(done.returncode, 0, done.stderr)
        self.same("c.h5", "c2.h5", "c3.h5")
        with h5py.File(self.path("c.h5")) as file:
            names = [name for name in file if name.startswith("y_") and name.endswith("difference_mean")]
            self.assertTrue(names, list(file))

    def test_scenarios_of_two_models_are_not_compared(self):
        base = self.write("base.yaml", f"fulcrum: 1\nmodel: {self.model('linear')}\nquantities: {{}}\n")
        self.write("other.yaml", f"base: base.yaml\nset: {{model: {self.model('sobol_g')}}}\n")
        self.refused(STUDY, "for model sobol_g, and .* is for linear", "compare", base, self.path("other.yaml"),
                     "-n", 2000, "-q", "-o", self.path("c.h5"))

    def test_sweep_moves_a_quantity(self):
        fulcrum.must("sweep", "--model", self.model("linear"), "--lever", "quantities/b/x1=0:2:3", "--keep",
                     "linear/y", "-n", 20000, "-q", "-o", self.path("s.h5"))
        self.assertTrue(os.path.exists(self.path("s.h5")))

    def test_check_prints_a_study_that_reads_back(self):
        text = fulcrum.must("check", "--model", self.model("ishigami"), "--canonical")
        self.assertIn("name: ishigami", text)
        path = self.write("again.yaml", text)
        self.refused(STUDY, "name its library with --model", "check", path)
        self.assertEqual(fulcrum.must("check", path, "--model", self.model("ishigami"), "--canonical"), text)
        self.assertIn("standard of the model", fulcrum.must("check", "--model", self.model("ishigami")))

    def test_the_schema_accepts_what_reads_and_no_other_quantity(self):
        import jsonschema
        schema = json.loads(fulcrum.must("schema", "--model", self.model("linear")))
        good = {"fulcrum": 1, "model": "linear.so", "quantities": {"b": {"x1": 2}, "x1": {"normal": {"mean": 0, "sd": 1}}}}
        jsonschema.validate(good, schema)
        jsonschema.validate({**good, "model": {"library": "linear.so", "version": "1"}}, schema)
        for bad in ({"x9": 1}, {"b": {"x9": 1}}, {"b": 1}):
            with self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate({**good, "quantities": bad}, schema)
        self.assertIn("x1", fulcrum.must("schema", "--markdown", "--model", self.model("linear")))

    def test_a_run_needs_no_study(self):
        model = shutil.copy(self.model("linear"), self.path("mine.so"))
        for arguments in (("--model", "./mine.so"), ("mine.so",), ("./mine.so",)):
            fulcrum.must("run", *arguments, "-n", 1000, "-q", cwd=self.folder)
        self.assertTrue(os.path.exists(self.path("mine.h5")), model)


class Studies(WithModels):
    """The YAML of a plug-in model."""

    def study(self, body, model="linear"):
        """A study beside its library."""
        if not os.path.exists(self.path(model + ".so")):
            shutil.copy(self.model(model), self.path(model + ".so"))
        return self.write("study.yaml", f"fulcrum: 1\nmodel: {model}.so\n{body}")

    def canonical(self, body, *arguments):
        """The resolved text of such a study."""
        return fulcrum.must("check", self.study(body), "--canonical", *arguments)

    def test_groups_are_written_nested_or_by_path(self):
        nested = self.canonical("quantities: {b: {x1: 3, x2: {uniform: {min: 0, max: 1}}}, noise: 2}\n")
        self.assertEqual(nested, self.canonical("quantities: {b/x2: {uniform: {min: 0, max: 1}}, noise: 2, b/x1: 3}\n"))
        self.assertEqual(nested, self.canonical("quantities: {b/x1: 3, b: {x2: {uniform: {min: 0, max: 1}}}}\n",
                                                "--set", "quantities/noise=2"))
        self.assertEqual(nested, self.canonical("", "--set", "quantities/noise=2", "--set", "quantities/b/x1=3",
                                                "--set", "quantities/b/x2={uniform: {min: 0, max: 1}}"))

    def test_the_library_is_found_beside_the_study_and_the_option_wins(self):
        study = self.study("")
        fulcrum.must("check", study, "-q", cwd="/")
        fulcrum.must("check", study, "--model", self.model("linear"), "-q", cwd="/")
        self.assertIn("ishigami", fulcrum.must("check", study, "--model", self.model("ishigami")))
        self.assertIn("ishigami", fulcrum.must("check", study, "--set", "model=" + self.model("ishigami")))

    def test_mistakes_are_told_with_their_place(self):
        for body, pattern in (
                ("quantities: {x11: 1}\n", r"study.yaml:3:14: quantities: model linear has no quantity 'x11'; did you mean 'x1'\?"),
                ("quantities: {b: {x9: 1}}\n", r":3:18: .* no quantity 'b/x9'; did you mean"),
                ("quantities: {b: 3}\n", r":3:17: .*'b' is a group"),
                ("quantities: {b: {x1: 3}, b/x1: 2}\n", r"'b/x1' is given a second time"),
                ("quantities: [1]\n", r":3:13: quantities: a list where a mapping of quantities"),
                ("quantities: {x1: {nrmal: {mean: 0, sd: 1}}}\n", r":3:\d+: quantities/x1: .*did you mean 'normal'"),
                ("quantities: {x1: }\n", r"quantities/x1: no value"),
                ("programs: {MEP: {instrument: grant}}\n", r":3:11: programs: this key is of the built-in portfolio"),
                ("horizon: {base_year: 2025, years: 3}\n", r"horizon: this key is of the built-in portfolio"),
                ("targets: [{output: linear/z, at_least: 1}]\n", r"no output 'z'"),
                ("targets: [{output: liner/y, at_least: 1}]\n", r"no program 'liner'; did you mean 'linear'"),
                ("dependence: [{pair: [quantities/x1, quantities/x9], rank: 0.1}]\n", r"quantities/x9"),
                ("surprise: 1\n", r":3:1: surprise: unknown key")):
            self.refused(STUDY, pattern, "check", self.study(body), "-q")

    def test_a_study_can_say_which_model_it_must_be(self):
        self.study("")
        library = "{library: linear.so, %s}"
        for wish, pattern in (("name: linear, version: '1'", None), ("version: '1.1'", "version 1.1, and .* has 1"),
                              ("name: other", "model other, and .* has linear"), ("sha256: abc", "SHA-256 abc, and"),
                              ("nme: x", "unknown key")):
            path = self.write("wish.yaml", f"fulcrum: 1\nmodel: {library % wish}\n")
            if pattern:
                self.refused(STUDY, pattern, "check", path, "-q")
            else:
                fulcrum.must("check", path, "-q")

    def test_a_quantity_without_standard_must_be_given(self):
        with open(os.path.join(MODELS, "sobol_g.c"), encoding="utf-8") as file:
            text = file.read().replace('"{uniform: {min: 0, max: 1}}"', "NULL")
        library = build(self.write("m.c", text), self.path("m.so"))
        self.refused(STUDY, "quantities: the key 'x1' is missing", "run", "--model", library, "-n", 1000)
        given = ", ".join(f"x{i}: 0.5" for i in range(1, 9))
        path = self.write("s.yaml", f"fulcrum: 1\nmodel: m.so\nquantities: {{{given}}}\n")
        fulcrum.must("run", path, "-n", 1000, "-q", "-o", self.path("r.h5"))

    def test_values_outside_a_domain_are_refused_and_counted(self):
        study = self.study("quantities: {x1: {truncated_normal: {mean: 0, sd: 0.95, max: 4}}}\n", "ishigami")
        file = self.simulate("r.h5", study, "-n", 200000)
        self.assertGreater(file["refused_samples"][0], 20)
        self.assertEqual(file["refused_samples"][0], file["y_undefined"][0])


class Faults(WithModels):
    """Every mistake of a model gets one line that says what is wrong."""

    def faults(self, code, table, **settings):
        """Runs of models with faults."""
        for fault, pattern in table.items():
            with self.subTest(fault):
                self.refused(code, pattern, "run", self.faulty(fault, "-w"), "-n", 20000, "-q", "-o",
                             self.path("r.h5"), "--restart", **settings)

    def test_what_is_no_model(self):
        text = self.write("text.so", "this is no shared object\n")
        self.refused(STUDY, "cannot be loaded as a shared object", "run", "--model", text)
        self.refused(INPUT, "missing.so: cannot open", "run", "--model", self.path("missing.so"))
        self.refused(STUDY, r"has no function fulcrum_model\(\)", "run", "--model",
                     build(os.path.join(MODELS, "faults", "faulty.c"), self.path("n.so"), "-DWITHOUT_SYMBOL", "-w"))

    def test_descriptions_that_break_a_rule(self):
        self.faults(STUDY, {
            "NO_DESCRIPTION": "returns NULL",
            "OTHER_INTERFACE": "interface 7 .* this engine knows 1",
            "OTHER_SIZE": "has 16 bytes, that of interface 1 has",
            "NO_NAME": r"its name \(NULL\)",
            "BAD_NAME": "its name '1 model' is no key",
            "NO_QUANTITY_NAME": r"quantity 0 has no name \(NULL\)",
            "BAD_QUANTITY_NAME": "quantity 'x y'",
            "TWICE": "two quantities are named 'x'",
            "GROUP_TOO": "'group' cannot be one and hold 'group/k'",
            "BAD_DOMAIN": "quantity 'x': its domain from 1 to -1",
            "BAD_STANDARD": "standard of faulty/x.*no distribution is called 'unifrm'",
            "STANDARD_OUTSIDE": "standard of faulty/x.*must be in",
            "STANDARD_NO_YAML": "standard of faulty/x.*not valid YAML",
            "NO_OUTPUTS": "no outputs",
            "OUTPUT_TWICE": "two outputs are named 'y'",
            "OUTPUT_SLASH": "output 'a/y'",
            "BY_YEAR_WITHOUT_YEARS": "output 'y' is by year, and the model has no years",
            "TOO_MANY_YEARS": "at most 64",
            "NO_EVALUATE": "evaluate is NULL"})

    def test_failures_that_the_model_reports(self):
        self.faults(INTERNAL, {
            "BEGIN_FAILS": "model faulty: .*the table of demand is missing",
            "BEGIN_FAILS_SILENTLY": "model faulty: .*gives no message",
            "EVALUATE_FAILS": "model faulty: samples 0 to 191: no equilibrium was found",
            "EVALUATE_FAILS_LATER": r"model faulty: samples [1-9]\d+ to \d+: no equilibrium was found"})

    def test_crashes_and_other_ends(self):
        self.faults(INTERNAL, {
            "CRASHES": r"model faulty crashed \(SIGSEGV.*samples 0 to 191",
            "CRASHES_LATER": r"model faulty crashed \(SIGSEGV.*samples [1-9]\d+ to",
            "CRASHES_LOADING": r"CRASHES_LOADING.so crashed \(SIGSEGV.*loading",
            "DIVIDES": "SIGFPE",
            "ABORTS": "SIGABRT",
            "RECURSES": "SIGSEGV",
            "EXITS": "ended the process, evaluating samples 0 to 191"})

    def test_endless_loops(self):
        self.faults(INTERNAL, {
            "LOOPS": "faulty has not returned in time, evaluating samples 0 to 191.*FULCRUM_MODEL_PATIENCE",
            "LOOPS_LATER": r"not returned in time, evaluating samples [1-9]",
            "LOOPS_LOADING": "not returned in time, loading"}, FULCRUM_MODEL_PATIENCE="1")

    def test_models_that_break_the_engine_or_remember(self):
        self.faults(INTERNAL, {
            "REMEMBERS": "evaluated a second time.*another y",
            "ROUNDS": "changed how this process computes"})

    def test_a_library_that_changes_arithmetic_when_loaded(self):
        source = os.path.join(MODELS, "sobol_g.c")
        fast = self.path("fast.so")
        subprocess.run(["gcc", *FLAGS, "-Ofast", "-o", fast, source], check=True)
        self.refused(STUDY, "without -ffast-math", "run", "--model", fast, "-n", 1000)

    def test_no_answers_are_a_warning_and_counted(self):
        for fault in ("ALL_NAN", "NOTHING_FILLED", "BAD_DRAW"):
            done = fulcrum.run("run", self.faulty(fault, "-w"), "-n", 2000, "-q", "-o", self.path("r.h5"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stderr, r"warning: .*no answer \(NaN\) for faulty/y in any of the first 192")
            with h5py.File(self.path("r.h5")) as file:
                self.assertEqual(file["y_undefined"][0], 2000)

    def test_all_ranks_end_with_one_that_crashes_loops_or_fails(self):
        for fault in ("CRASHES_LATER", "LOOPS_LATER", "EVALUATE_FAILS_LATER", "EXITS"):
            done = launch(3, "run", self.faulty(fault, "-w"), "-n", 200000, "-q", "-o", self.path("r.h5"),
                          "--restart", timeout=60, FULCRUM_MODEL_PATIENCE="1")
            self.assertEqual(done.returncode, INTERNAL, f"{fault}: {done.stderr}")
            self.assertIn("model faulty", done.stderr)

    def test_every_command_tells_a_failure(self):
        bad = self.faulty("EVALUATE_FAILS_LATER", "-w")
        for arguments in (("sweep", "--model", bad, "--lever", "quantities/x=0:1:3"),
                          ("trace", "--model", bad, "--at", "faulty/y", "-n", 20000)):
            self.refused(INTERNAL, "no equilibrium was found", *arguments, *(
                ("-n", 20000, "-q", "-o", self.path("x.h5")) if arguments[0] == "sweep" else ()))


class Example(WithModels):
    """inputs/models/learning, as its README says."""

    def make(self, *targets):
        """Builds the example into the folder."""
        subprocess.run(["make", "-s", "-C", EXAMPLE, "OUT=" + self.folder, *targets], check=True,
                       stdout=subprocess.DEVNULL)

    def test_the_example_runs_by_year_and_has_shocks(self):
        self.make()
        for name in ("learning.yaml", "generous.yaml"):
            shutil.copy(os.path.join(EXAMPLE, name), self.folder)
        file = self.simulate("l.h5", self.path("learning.yaml"), "-n", 20000)
        self.assertEqual(list(file["fiscal_year"][()]), list(range(2025, 2040)))
        self.assertEqual(file["cost_mean"].shape, (1, 15))
        self.assertTrue((numpy.diff(file["cost_mean"][0]) < 0).all())
        self.assertEqual(file["subsidy_mean"][0, 8], 0)
        self.assertGreater(file["parity_year_infinite"][0], 0)
        said = fulcrum.must("compare", self.path("learning.yaml"), self.path("generous.yaml"), "-n", 5000, "-o",
                            self.path("c.h5"))
        self.assertIn("learning/leverage", said)

    def test_fortran_gives_the_same_numbers(self):
        if not shutil.which("gfortran"):
            self.skipTest("gfortran is not installed")
        self.make("all", "fortran")
        study = os.path.join(EXAMPLE, "learning.yaml")
        files = [self.simulate(name + ".h5", study, "--model", self.path(name + ".so"), "-n", 20000)
                 for name in ("learning", "learning_fortran")]
        for name in files[0]:
            if name.endswith(("_mean", "_sd", "_quantile", "_maximum", "_histogram_count")):
                numpy.testing.assert_array_equal(files[0][name][()], files[1][name][()], name)

    def test_the_header_is_c_and_cxx_and_alone(self):
        header = os.path.join(fulcrum.ROOT, "include", "fulcrum", "model.h")
        with open(header, encoding="utf-8") as file:
            self.assertEqual(re.findall(r"#include.*", file.read()),
                             ["#include <stddef.h>", "#include <stdint.h>"])
        for compiler, language, standard in (("gcc", "c", "c11"), ("g++", "c++", "c++11")):
            subprocess.run([compiler, "-x", language, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                            "-fsyntax-only", header], check=True, stderr=subprocess.DEVNULL
                           if language == "c++" else None)


if __name__ == "__main__":
    unittest.main()
