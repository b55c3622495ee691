"""Data files as others see them: ncdump, nccopy, h5dump, xarray, h5py and netCDF4, equal bytes from
any process, and what is left on the disk when writing fails."""
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import warnings

import h5py
import netCDF4
import numpy as np
import xarray

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build/test-gcc-openmpi"))
NOBODY = 65534
AS_ROOT = os.geteuid() == 0


def text_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        warnings.simplefilter("ignore")
        cls.folder = tempfile.mkdtemp(prefix="fulcrum_readers_")
        os.chmod(cls.folder, 0o755)
        cls.lister = os.path.join(BUILD, "tests/tools/list_datafile")
        cls.tool = shutil.copy(os.path.join(BUILD, "tests/tools/write_datafile"), cls.folder)
        cls.path = os.path.join(cls.folder, "sample.nc")
        subprocess.run([cls.tool, cls.path], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def place(self, name):
        return os.path.join(self.folder, name)


class Readers(Case):
    def test_ncdump_prints_the_whole_file_with_names(self):
        whole = text_of("ncdump", self.path)
        self.assertIn("经济发展署", whole)
        header = text_of("ncdump", "-hs", self.path)
        for line in ("double npv_quantile(program, fiscal_year, quantile) ;",
                     "string program(program) ;", "int fiscal_year(fiscal_year) ;",
                     "double draw_z(sample, unit, fiscal_year, quantile, quarter) ;",
                     'draw_z:_Fletcher32 = "true"', 'draw_z:_Shuffle = "true"',
                     "draw_z:_DeflateLevel = 2", "npv_quantile:_FillValue = NaN", "sample = 2 ;",
                     'npv_quantile:_Storage = "contiguous"', '_Format = "netCDF-4"'):
            self.assertIn(line, header)
        self.assertNotIn("phony", header)

    def test_nccopy_round_trip_changes_nothing_visible(self):
        copy = self.place("copy.nc")
        text_of("nccopy", self.path, copy)
        before, after = (text_of("ncdump", path).split("\n", 1)[1] for path in (self.path, copy))
        self.assertEqual(before, after)

    def test_xarray_selects_by_names_under_both_engines(self):
        for engine in ("netcdf4", "h5netcdf"):
            with self.subTest(engine), xarray.open_dataset(self.path, engine=engine) as data:
                npv = data.npv_quantile
                self.assertEqual(npv.dims, ("program", "fiscal_year", "quantile"))
                self.assertEqual(set(npv.coords),
                                 {"program", "fiscal_year", "quantile", "program_name"})
                self.assertEqual(npv.attrs["units"], "USD million")
                value = npv.sel(program="EDA", fiscal_year=2026, quantile=0.5)
                self.assertAlmostEqual(float(value), 0.1 * (20 + 5 + 2), places=12)
                self.assertTrue(np.isnan(npv.values.ravel()[3]))
                self.assertEqual(data.fiscal_year.dtype, np.int32)
                self.assertEqual(list(data.program.values), ["MEP", "EDA", "portfolio"])
                self.assertEqual(data.program_name.sel(program="EDA").item(),
                                 "经济发展署 – Développement")
                self.assertEqual(data.npv_undefined.dtype, np.int32)
                self.assertEqual(list(data.npv_undefined.attrs["flag_values"]), [0, 1, 2])
                self.assertEqual(list(data.draws.values), [1, 9007199254740993, -2**63])
                self.assertEqual(data.attrs["title"], "A file for readers – 测试")
                self.assertEqual(data.attrs["samples"], 1000000)
                self.assertEqual(data.seed.item(), "42")
                self.assertEqual(data.empty_text.item(), "")
                self.assertEqual(data.not_utf8.item(), "caf\ufffd")
                self.assertEqual(len(data.study.item().encode()), 100000)
                self.assertTrue(data.study.item().startswith("标题"))

    def test_xarray_opens_deeper_groups(self):
        for engine in ("netcdf4", "h5netcdf"):
            with self.subTest(engine), xarray.open_dataset(
                    self.path, engine=engine, group="programs/MEP/units") as data:
                self.assertEqual(data.draw_z.dims,
                                 ("sample", "unit", "fiscal_year", "quantile", "quarter"))
                expected = np.arange(data.draw_z.size) // 7
                np.testing.assert_array_equal(data.draw_z.values.ravel(), expected)
                self.assertEqual(data.draw_outcome_z.shape, (2, 0))

    def test_h5py_finds_scales_on_every_axis(self):
        with h5py.File(self.path) as data:
            def check(name, item):
                if isinstance(item, h5py.Dataset) and not h5py.h5ds.is_scale(item.id):
                    self.assertEqual([len(axis) for axis in item.dims], [1] * item.ndim, name)
            data.visititems(check)
            npv = data["npv_quantile"]
            self.assertEqual([axis[0].name for axis in npv.dims],
                             ["/program", "/fiscal_year", "/quantile"])
            self.assertTrue(h5py.h5ds.is_scale(data["program"].id))
            self.assertEqual(npv.attrs["long_name"], "net present value, quantiles")
            self.assertTrue(np.isnan(npv.fillvalue) and np.isnan(npv.attrs["_FillValue"]))
            self.assertEqual(data["study"][()].decode()[:2], "标题")
            units = data["programs/MEP/units/draw_z"]
            self.assertTrue(units.fletcher32 and units.shuffle and units.compression == "gzip")

    def test_every_nan_has_the_same_bits(self):
        with h5py.File(self.path) as data:
            values = data["npv_quantile"][()]
            bits = values.view(np.uint64)[np.isnan(values)]
            self.assertEqual(set(bits), {0x7FF8000000000000})

    def test_netcdf4_can_add_to_the_file(self):
        edited = shutil.copy(self.path, self.place("edited.nc"))
        with netCDF4.Dataset(edited, "a") as data:
            data.note = "reviewed"
            data["npv_quantile"].comment = "checked"
            extra = data.createVariable("extra", "f8", ("program", "fiscal_year"))
            extra[:] = 1.5
            data["programs/MEP/units"].createVariable("more", "i4", ("unit",))[:] = 7
        with xarray.open_dataset(edited) as data:
            self.assertEqual(data.attrs["note"], "reviewed")
            self.assertEqual(data.npv_quantile.attrs["comment"], "checked")
            self.assertEqual(float(data.extra.sel(program="MEP", fiscal_year=2025)), 1.5)
            with xarray.open_dataset(self.path) as before:
                np.testing.assert_array_equal(data.npv_quantile.values, before.npv_quantile.values)

    def test_h5dump_and_h5diff_read_it(self):
        self.assertIn("npv_quantile", text_of("h5dump", self.path))
        text_of("h5diff", self.path, self.path)

    def test_many_variables_on_one_dimension(self):
        many = self.place("many.nc")
        text_of(self.tool, many, "5000")
        with h5py.File(many) as data:
            self.assertEqual(len(data["program"].attrs["REFERENCE_LIST"]), 5004)
            self.assertEqual(data["output_4999_mean"].dims[1][0].name, "/fiscal_year")
        with netCDF4.Dataset(many) as data:
            self.assertEqual(data["output_4999_mean"].dimensions, ("program", "fiscal_year"))


class OurReader(Case):
    """Files that others have changed are still read, and known to be changed."""

    def listing(self, path):
        return text_of(self.lister, path).splitlines()

    def edited_by_netcdf4(self):
        edited = shutil.copy(self.path, self.place("netcdf.nc"))
        with netCDF4.Dataset(edited, "a") as data:
            data.note = "reviewed"
            data["npv_quantile"].comment = "checked"
            data.createVariable("extra", "f4", ("program", "fiscal_year"), zlib=True)[:] = 1.5
            data.createVariable("letters", "S1", ("program",))[:] = b"x"
        return edited

    def edited_by_h5py(self):
        edited = shutil.copy(self.path, self.place("h5py.nc"))
        with h5py.File(edited, "a") as data:
            data.attrs["note"] = "reviewed"
            data["npv_quantile"].attrs["comment"] = "checked"
            data["extra"] = np.full((3, 4), 1.5, "f4")
            data["yes"] = True
            data["other file"] = h5py.ExternalLink("/nonexistent", "/x")
            data["again"] = h5py.SoftLink("/npv_quantile")
            group = data.create_group("unordered")
            group["z"] = [7]
            group["unordered"] = data["/"]
        return edited

    def test_what_was_written_is_listed(self):
        lines = self.listing(self.path)
        self.assertEqual(lines[0], "sealed")
        self.assertEqual(lines[1], '/ group title="A file for readers – 测试" empty="" '
                                   'samples=1000000 tolerance=0.001')
        self.assertIn('/npv_quantile double program:3 fiscal_year:4 quantile:5 '
                      'long_name="net present value, quantiles" units="USD million" '
                      'coordinates="program_name" valid_range=-1.0000000000000001e+300 | 0', lines)
        self.assertIn('/programs/MEP/unit text unit:300 long_name="unit: start and number" '
                      '| 1988.0', lines)
        self.assertIn('/programs/MEP/units/draw_outcome_z double sample:2 outcome:0 '
                      'long_name="draws of no outcome" units="1" | ', lines)

    def test_edits_leave_the_rest_readable(self):
        before = self.listing(self.path)
        for edited in (self.edited_by_netcdf4(), self.edited_by_h5py()):
            with self.subTest(edited):
                after = self.listing(edited)
                self.assertEqual(after[0], "not sealed")
                self.assertEqual(after[1], before[1] + ' note="reviewed"')
                changed = [line for line in before[2:] if line not in after]
                self.assertEqual([line.split()[0] for line in changed], ["/npv_quantile"])
                self.assertTrue(any(line.startswith("/npv_quantile") and 'comment="checked"' in line
                                    for line in after))
                self.assertEqual(sum("study as resolved" in line for line in after), 1)
                self.assertTrue(any(line.startswith("/extra double") and "| 1.5" in line
                                    for line in after))

    def test_copies_by_nccopy_are_read(self):
        copy = self.place("copied.nc")
        text_of("nccopy", self.path, copy)
        before, after = self.listing(self.path), self.listing(copy)
        self.assertEqual(after[0], "not sealed")
        self.assertEqual(sorted(before[1:]), sorted(after[1:]))

    def test_a_file_of_another_making_is_read(self):
        made = self.place("xarray.nc")
        data = xarray.Dataset({"y": (("a", "b"), np.arange(6.0).reshape(2, 3), {"units": "m"})},
                              coords={"a": ["x", "yy"], "b": [1, 2, 3]})
        for engine in ("netcdf4", "h5netcdf"):
            data.to_netcdf(made, engine=engine)
            lines = self.listing(made)
            self.assertIn('/y double a:2 b:3 units="m" | 0', lines)
            self.assertIn("/a text a:2 | x", lines)

    def test_the_seal_is_the_hash_of_what_stands_before(self):
        with open(self.path, "rb") as file:
            data = file.read()
        self.assertEqual(data[-81:],
                         f"\nfulcrum-sha256 {hashlib.sha256(data[:-81]).hexdigest()}\n".encode())

    def test_damage_is_one_clear_line(self):
        with open(self.path, "rb") as file:
            data = bytearray(file.read())
        data[len(data) // 2] ^= 4
        path = self.place("damaged.nc")
        for content, reason in ((data, "damaged"), (data[:5000], "truncated")):
            with open(path, "wb") as file:
                file.write(content)
            done = subprocess.run([self.lister, path], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (65, ""))
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertIn(reason, done.stderr)


class Bytes(Case):
    def test_processes_write_equal_bytes(self):
        """Whatever memory held before (malloc fills it differently, the stack lies elsewhere), and
        whatever the time: HDF5's object times count seconds."""
        time.sleep(1.1)
        with open(self.path, "rb") as file:
            expected = file.read()
        for fill in (1, 85, 170, 254):
            path = self.place(f"again_{fill}.nc")
            environment = dict(os.environ, MALLOC_PERTURB_=str(fill), PADDING="x" * 131 * fill)
            subprocess.run([self.tool, path], check=True, env=environment)
            with open(path, "rb") as file:
                self.assertEqual(file.read(), expected)


class Failures(Case):
    """The old file stays, nothing else is left, and the message names path, reason and remedy."""

    def setUp(self):
        self.target_folder = tempfile.mkdtemp(dir=self.folder)
        os.chmod(self.target_folder, 0o777)

    def fails(self, path, *needles, **options):
        done = subprocess.run([self.tool, path], capture_output=True, text=True, **options)
        self.assertEqual(done.returncode, 73, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for needle in (path, *needles):
            self.assertIn(needle, done.stderr)

    def old_file(self, folder):
        path = os.path.join(folder, "result.nc")
        with open(path, "w", encoding="ascii") as file:
            file.write("old")
        os.chmod(path, 0o666)
        return path

    def only_old_is_left(self, path):
        self.assertEqual(os.listdir(os.path.dirname(path)), [os.path.basename(path)])
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "old")

    def test_missing_folder(self):
        self.fails(os.path.join(self.target_folder, "absent", "result.nc"),
                   "No such file or directory", "create the folder")
        self.assertEqual(os.listdir(self.target_folder), [])

    def test_path_is_a_folder(self):
        self.fails(self.target_folder, "Is a directory", "give the name of a file")

    def test_file_size_limit(self):
        path = self.old_file(self.target_folder)
        self.fails(path, "File too large", "ulimit -f",
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)))
        self.only_old_is_left(path)

    def test_read_only_folder(self):
        path = self.old_file(self.target_folder)
        os.chmod(self.target_folder, 0o555)
        self.fails(path, "Permission denied", "change its permissions",
                   preexec_fn=(lambda: os.setuid(NOBODY)) if AS_ROOT else None)
        self.only_old_is_left(path)

    def test_write_protected_file(self):
        path = self.old_file(self.target_folder)
        os.chmod(path, 0o444)
        self.fails(path, "Permission denied",
                   preexec_fn=(lambda: os.setuid(NOBODY)) if AS_ROOT else None)
        self.only_old_is_left(path)

    def test_full_disk(self):
        disk = os.path.join(self.target_folder, "disk")
        os.mkdir(disk)
        mounted = AS_ROOT and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk],
            capture_output=True, check=False).returncode == 0
        if not mounted:
            self.skipTest("mounting a small tmpfs needs root and the right to mount")
        try:
            path = self.old_file(disk)
            self.fails(path, "No space left on device", "free some space")
            self.only_old_is_left(path)
        finally:
            subprocess.run(["umount", disk], check=True)


if __name__ == "__main__":
    sys.exit(unittest.main())
