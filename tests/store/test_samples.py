"""Kept samples as others see them: equal to traces bit for bit, to the result's statistics, open in
xarray, h5py, netCDF4 and ncdump, the same bytes from any process, whole or not there."""
import hashlib
import os
import resource
import subprocess
import sys
import unittest
import warnings

import h5py
import netCDF4
import numpy as np
import xarray

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))
sys.path.insert(0, HERE)

import fulcrum  # noqa: E402
import test_result  # noqa: E402

TOOL = os.path.join(fulcrum.BUILD, "tests/tools/keep_samples")
SAMPLES = 1000  # two stripes, the last one of 232
SEED = 5
YEARS = [2025, 2026, 2027, 2028]


def keep(study, samples, out, *patterns, **options):
    """The finished process of the tool that keeps samples."""
    return subprocess.run([TOOL, study, str(samples), str(SEED), out, *patterns], check=False,
                          capture_output=True, text=True, **options)


class Kept(unittest.TestCase):
    """One study with its kept samples, its trace and its result."""

    @classmethod
    def setUpClass(cls):
        warnings.simplefilter("ignore")
        cls.folder = fulcrum.folder()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.study = cls.place("study.yaml")
        with open(cls.study, "w", encoding="utf-8") as file:
            file.write(test_result.STUDY)
        done = keep(cls.study, SAMPLES, cls.place("run.h5"))
        if done.returncode:
            raise AssertionError(done.stderr)
        cls.path = cls.place("run.samples.h5")

    @classmethod
    def place(cls, name):
        """A path in the test's folder."""
        return os.path.join(cls.folder.name, name)


class Values(Kept):
    """What stands in the file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trace = h5py.File(fulcrum.trace(cls.study, range(SAMPLES), cls.place("trace.h5"),
                                            "--seed", SEED))
        cls.addClassCleanup(cls.trace.close)
        cls.result = fulcrum.result(cls.study, SAMPLES, cls.place("run.h5"), "--seed", SEED)
        cls.addClassCleanup(cls.result.close)
        cls.kept = h5py.File(cls.path)
        cls.addClassCleanup(cls.kept.close)
        cls.names = fulcrum.texts(cls.kept["name"])
        cls.output = cls.kept["output"][()]

    def traced(self, name):
        """The same output in the trace, of all samples; None for the checks."""
        program, metric, *rest = name.split("/")
        if f"outputs/{metric}" in self.trace:
            return self.trace[f"outputs/{metric}"][:, test_result.PROGRAMS.index(program)]
        group = self.trace[f"programs/{program}"]
        if metric not in group and metric != "annual_leverage":
            return None
        year = YEARS.index(int(rest[-1]))
        if len(rest) == 1:
            return test_result.annual(group, metric)[:, year]
        axis = "source" if metric == "match_by_source" else "outcome"
        return group[metric][:, fulcrum.texts(group[axis]).index(rest[0]), year]

    def test_every_output_is_that_of_the_trace_bit_for_bit(self):
        seen = 0
        for c, name in enumerate(self.names):
            expected = self.traced(name)
            if expected is None:
                self.assertIn(name.split("/")[1], ("refused", "imbalanced_years"))
                continue
            seen += 1
            self.assertEqual(self.output[:, c].tobytes(), expected.tobytes(), name)
        self.assertEqual(seen, len(self.names) - 6)
        self.assertEqual(len(set(self.names)), len(self.names))

    def test_every_output_of_the_trace_is_kept(self):
        kept = {tuple(name.split("/")[:2]) for name in self.names}
        metrics = [metric for metric in self.trace["outputs"] if metric != "program"]
        for program in test_result.PROGRAMS:
            own = {name[1] for name in kept if name[0] == program}
            self.assertTrue(own <= set(metrics) | set(self.trace[f"programs/{program}"])
                            | {"annual_leverage", "refused", "imbalanced_years"})
            self.assertTrue({m for m in metrics if not m.endswith("_per_dollar")} <= own, program)

    def test_every_parameter_is_that_of_the_trace_bit_for_bit(self):
        self.assertEqual(fulcrum.texts(self.kept["quantity"]),
                         fulcrum.texts(self.trace["parameters/path"]))
        self.assertEqual(self.kept["parameter"][()].tobytes(),
                         self.trace["parameters/value"][()].tobytes())

    def test_statistics_are_those_of_the_result(self):
        p = list(self.result.file["quantile"][()])
        for c, name in enumerate(self.names):
            if name.split("/")[1] in ("refused", "imbalanced_years"):
                continue
            x = self.output[:, c]
            self.assertEqual(int((~np.isnan(x)).sum()), self.result.get(name, "defined"), name)
            x = np.sort(x[np.isfinite(x)])
            if len(x) == 0:
                continue
            self.assertEqual((x[0], x[-1]), (self.result.get(name, "minimum"),
                                             self.result.get(name, "maximum")), name)
            mean = self.result.get(name)
            self.assertAlmostEqual(x.mean(), mean, delta=1e-12 * np.abs(x).max(), msg=name)
            if int(self.result.get(name, "infinite")) == 0:
                median = self.result.get(name, "quantile")[p.index(0.5)]
                bound = self.result.get(name, "quantile_bound")[p.index(0.5)]
                self.assertLessEqual(abs(x[(len(x) + 1) // 2 - 1] - median), bound, name)

    def test_refused_samples_are_marked(self):
        refused = self.result.file["refused_samples"][()]
        for p, program in enumerate(test_result.PROGRAMS):
            mark = self.output[:, self.names.index(f"{program}/refused")]
            self.assertEqual(set(mark) | {0.0, 1.0}, {0.0, 1.0})
            self.assertEqual(int(mark.sum()), refused[p])
            balance = self.output[:, self.names.index(f"{program}/imbalanced_years")]
            self.assertFalse(balance.any())
        self.assertGreater(refused[0], 0)

    def test_labels_say_what_each_column_is(self):
        labels = {key: fulcrum.texts(self.kept[f"output_{key}"])
                  for key in ("program", "metric", "member", "unit", "long_name")}
        years = self.kept["output_fiscal_year"][()]
        for c, name in enumerate(self.names):
            parts = [labels["program"][c], labels["metric"][c], labels["member"][c],
                     str(years[c]) if years[c] else ""]
            self.assertEqual("/".join(part for part in parts if part), name)
            self.assertTrue(labels["unit"][c] and labels["long_name"][c], name)
        column = self.names.index("WILD/outcome_gross/jobs/2026")
        self.assertEqual(labels["unit"][column], "jobs")
        column = self.names.index("portfolio/outcome_net/new_sales/2026")
        self.assertEqual(labels["unit"][column], "USD million")
        rows = dict(zip(fulcrum.texts(self.kept["quantity"]),
                        fulcrum.texts(self.kept["quantity_distribution"])))
        self.assertIn("uniform", rows["accounts/tax_rate"])
        self.assertTrue(all(fulcrum.texts(self.kept["quantity_unit"])))

    def test_the_file_names_its_study(self):
        resolved = self.kept["study/resolved"][()]
        self.assertEqual(self.kept.attrs["study_sha256"], hashlib.sha256(resolved).hexdigest())
        self.assertEqual(self.kept.attrs["seed"], str(SEED))
        self.assertEqual(self.kept.attrs["samples"], SAMPLES)
        self.assertEqual(self.kept.attrs["title_zh"], "各种结果")


class Readers(Kept):
    """The file as other programs read it."""

    def test_ncdump_prints_all_of_it(self):
        done = subprocess.run(["ncdump", self.path], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        header = subprocess.run(["ncdump", "-hs", self.path], capture_output=True, text=True,
                                check=True).stdout
        for line in ("sample = UNLIMITED ; // (1000 currently)", "double output(sample, name) ;",
                     "double parameter(sample, quantity) ;", 'output:_Shuffle = "true"',
                     'output:_Fletcher32 = "true"', "output:_DeflateLevel = 1",
                     "output:_FillValue = NaN", "output:_ChunkSizes = 768,",
                     '_Format = "netCDF-4"'):
            self.assertIn(line, header)
        self.assertNotIn("phony", header)

    def test_xarray_selects_by_names_under_both_engines(self):
        with h5py.File(self.path) as plain:
            names = fulcrum.texts(plain["name"])
            expected = plain["output"][:, names.index("WILD/npv")]
            tax = plain["parameter"][:, fulcrum.texts(plain["quantity"]).index(
                "accounts/tax_rate")]
        for engine in ("netcdf4", "h5netcdf"):
            with self.subTest(engine), xarray.open_dataset(self.path, engine=engine) as data:
                self.assertEqual(data.output.dims, ("sample", "name"))
                self.assertEqual(data.parameter.dims, ("sample", "quantity"))
                np.testing.assert_array_equal(data.output.sel(name="WILD/npv"), expected)
                np.testing.assert_array_equal(data.parameter.sel(quantity="accounts/tax_rate"),
                                              tax)
                years = data.output.isel(name=(data.output_program == "CALM").values
                                         & (data.output_metric == "receipts").values)
                self.assertEqual(list(years.output_fiscal_year.values), YEARS)
                one = data.isel(sample=17)
                self.assertEqual(one.output.shape, (len(names),))
                self.assertTrue(all(data[name].attrs["long_name"] for name in data.variables))

    def test_h5py_finds_scales_on_every_axis(self):
        with h5py.File(self.path) as data:
            self.assertEqual([axis[0].name for axis in data["output"].dims], ["/sample", "/name"])
            self.assertEqual([axis[0].name for axis in data["parameter"].dims],
                             ["/sample", "/quantity"])
            self.assertEqual(data["output"].maxshape[0], None)
            self.assertEqual(len(data["sample"].attrs["REFERENCE_LIST"]), 2)

    def test_nan_has_one_pattern_of_bits(self):
        with h5py.File(self.path) as data:
            values = data["output"][()]
            bits = values.view(np.uint64)[np.isnan(values)]
            self.assertEqual(set(bits), {0x7FF8000000000000})

    def test_nccopy_and_h5dump_read_it(self):
        copy = self.place("copy.nc")
        subprocess.run(["nccopy", self.path, copy], check=True)
        before, after = (subprocess.run(["ncdump", path], capture_output=True, text=True,
                                        check=True).stdout.split("\n", 1)[1]
                         for path in (self.path, copy))
        self.assertEqual(before, after)
        subprocess.run(["h5dump", "-d", "/output", "-s", "990,0", "-c", "10,5", self.path],
                       capture_output=True, check=True)

    def test_netcdf4_can_append_samples(self):
        edited = self.place("edited.nc")
        with open(self.path, "rb") as file, open(edited, "wb") as copy:
            copy.write(file.read())
        with netCDF4.Dataset(edited, "a") as data:
            data["output"][SAMPLES:SAMPLES + 2, :] = 1.5
        with netCDF4.Dataset(edited) as data, netCDF4.Dataset(self.path) as before:
            self.assertEqual(len(data.dimensions["sample"]), SAMPLES + 2)
            np.testing.assert_array_equal(data["output"][:SAMPLES].filled(np.nan),
                                          before["output"][:].filled(np.nan))

    def test_the_seal_is_the_hash_of_what_stands_before(self):
        with open(self.path, "rb") as file:
            data = file.read()
        self.assertEqual(data[-81:],
                         f"\nfulcrum-sha256 {hashlib.sha256(data[:-81]).hexdigest()}\n".encode())

    def test_processes_write_equal_bytes_and_no_place(self):
        with open(self.path, "rb") as file:
            expected = file.read()
        for fill in (85, 170):
            environment = dict(os.environ, MALLOC_PERTURB_=str(fill), PADDING="x" * 131 * fill)
            self.assertEqual(keep(self.study, SAMPLES, self.place("again.h5"),
                                  env=environment).returncode, 0)
            with open(self.place("again.samples.h5"), "rb") as file:
                self.assertEqual(file.read(), expected)
        self.assertNotIn(self.folder.name.encode(), expected)

    def test_a_run_on_any_number_of_ranks_writes_the_same_file(self):
        with open(self.path, "rb") as file:
            expected = file.read()
        for ranks in (1, 3):
            out = self.place(f"ranks_{ranks}.h5")
            fulcrum.must("run", self.study, "-n", SAMPLES, "--seed", SEED, "-q", "--samples",
                         "-o", out, launcher=[os.environ.get("MPIRUN", "mpirun"), "-n",
                                                     str(ranks)])
            with open(self.place(f"ranks_{ranks}.samples.h5"), "rb") as file:
                self.assertEqual(file.read(), expected)

    def test_the_page_of_the_format_reads_it(self):
        """The lines of Python on the page do what it says."""
        page = os.path.join(fulcrum.ROOT, "analysis/formats/samples.md")
        with open(page, encoding="utf-8") as file:
            lines = [line[4:] for line in file if line.startswith("    ")]
        code = "".join(lines).replace("baseline.samples.h5", self.path)
        code = code.replace("MEP", "WILD").replace("discount_rate", "tax_rate")
        code = code.replace("macro/", "accounts/")
        self.assertGreaterEqual(len(lines), 5)
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True,
                       capture_output=True, env=dict(os.environ, MPLBACKEND="Agg"))


class Failures(Kept):
    """No file under the final name, and a message with path, reason and remedy."""

    def fails(self, out, *needles, **options):
        """The tool fails to write; what is left is the log alone, or nothing."""
        done = keep(self.study, SAMPLES, out, **options)
        self.assertEqual(done.returncode, 73, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for needle in needles:
            self.assertIn(needle, done.stderr)
        left = [name for name in os.listdir(os.path.dirname(out)) if "samples" in name]
        self.assertIn(left, ([], [os.path.basename(out)[:-3] + ".samples.partial"]))

    def test_file_size_limit_at_any_size(self):
        size = os.path.getsize(self.path)
        for i in range(12):
            limit = size * i // 12
            folder = self.place(f"limit_{i}")
            os.mkdir(folder)
            self.fails(os.path.join(folder, "run.h5"), "File too large", "ulimit -f",
                       preexec_fn=lambda most=limit: resource.setrlimit(
                           resource.RLIMIT_FSIZE, (most, most)))

    def test_full_disk(self):
        disk = self.place("disk")
        os.mkdir(disk)
        size = os.path.getsize(self.path)
        for share in (0.3, 1.0, 1.4):  # in the log, in the file, in its last part
            mounted = os.geteuid() == 0 and subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={int(size * share)}", "tmpfs", disk],
                capture_output=True, check=False).returncode == 0
            if not mounted:
                self.skipTest("mounting a small tmpfs needs root and the right to mount")
            try:
                self.fails(os.path.join(disk, "run.h5"), "No space left on device",
                           "free some space")
            finally:
                subprocess.run(["umount", disk], check=True)


if __name__ == "__main__":
    sys.exit(unittest.main())
