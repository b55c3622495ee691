"""Results and figures for the tests of analysis/: small files of every command, written once, and each script
as a module whose figure can be looked at."""

import argparse
import csv
import importlib
import importlib.util
import os
import sys
import tempfile

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ANALYSIS = os.path.join(ROOT, "analysis")
sys.path[:0] = [ANALYSIS, os.path.join(ROOT, "tests", "run")]

# tests/run/fulcrum.py starts the program, analysis/fulcrum.py loads its files: one name, two modules.
_spec = importlib.util.spec_from_file_location("engine", os.path.join(ROOT, "tests", "run", "fulcrum.py"))
engine = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(engine)

import fulcrum  # noqa: E402
import style  # noqa: E402

assert fulcrum.__file__.startswith(ANALYSIS)
MULTIPLIERS = "programs/*/outcomes/*/multiplier"
UTILITY = "-portfolio/treasury_cost/2030"  # by which the cheaper policy is always the best
FONT = any(os.path.basename(path).startswith("NotoSansCJK")
           for path in style.font_manager.findSystemFonts())


class Files:
    """A folder with one small file of every kind."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="fulcrum-plots-")
        baseline, first = (os.path.join(engine.INPUTS, name) for name in ("baseline.yaml", "first_study.yaml"))
        policies = [os.path.join(engine.INPUTS, "policies", f"{name}.yaml")
                    for name in ("mep_one_third", "mfgusa_taper_never", "rie_150")]
        past = [os.path.join(engine.INPUTS, "hindcast", f"mep_1998.{end}") for end in ("yaml", "csv")]
        taper = ["--lever", "programs/MFGUSA/taper/start=0.5:6.5:4", "--lever",
                 "programs/MFGUSA/taper/length=1:7:3", "--break-even", "MFGUSA/leverage_ratio=4.4"]
        self.run = self._write("run", "run", baseline, "-n", 960)
        self.compare = self._write("compare", "compare", baseline, *policies, "-n", 384)
        self.sweep = self._write("sweep", "sweep", baseline, *taper, "-n", 384)
        self.line = self._write("line", "sweep", first, "--lever", "programs/CENTERS/match/required=0.5:2:4",
                                "--break-even", "CENTERS/lapse_rate=0.05", "-n", 384)
        self.words = self._write("words", "sweep", first, "--lever",
                                 "programs/CENTERS/match/required=1,[1,1,2]", "--lever",
                                 "programs/CENTERS/match/response=0.2,0.8", "-n", 192)
        self.points = self._write("points", "sweep", first, "--points", self._points(), "-n", 192)
        self.hindcast = self._write("hindcast", "hindcast", *past, "-n", 384)
        self.weighted = self._write("weighted", "hindcast", past[0], self._measured(past[1]), "-n", 384,
                                    "--weigh")
        self.first = self._write("first", "run", first, "-n", 1000, "--samples")
        self.samples = self.first.replace(".h5", ".samples.h5")
        self.lhs = self._write("lhs", "run", first, "-n", 960, "--design", "lhs", "--samples")
        self.lhs_samples = self.lhs.replace(".h5", ".samples.h5")

        self.sensitivity = self._write("sensitivity", "sensitivity", first, "-n", 960)
        self.voi = self._write("voi", "voi", baseline, *policies, "-n", 1920, "--group", f"multipliers={MULTIPLIERS}")
        self.told = self._write("told", "voi", baseline, policies[2], "-n", 960, f"--utility={UTILITY}")
        self.screened = self._write("screened", "sensitivity", first, "-n", 384, "--method", "screening",
                                    "--method", "given_data")

    def _points(self):
        path = self.place("points.csv")
        with open(path, "w", encoding="ascii") as file:
            file.write("programs/CENTERS/match/required,programs/CENTERS/match/response\n1,0.5\n2,0.6\n")
        return path

    def _measured(self, observations):
        """Observations of which weights use one, of a large error, so that they do not collapse."""
        path = self.place("measured.csv")
        with open(observations, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerow({**rows[0], "error": "100", "split": "calibration"})
            writer.writerows({**row, "split": "score"} for row in rows[1:])
        return path

    def _write(self, name, command, *arguments):
        path = self.place(f"{name}.h5")
        engine.must(command, *arguments, "-q", "-o", path)
        return path

    def place(self, name):
        """A path in the folder."""
        return os.path.join(self.folder.name, name)


def script(name):
    """The module of a script."""
    return importlib.import_module(name)


def figure(name, path, lang="en", **options):
    """The figure that a script would save, laid out as it would be."""
    table = {"output": None, "program": None, "fix": None, "call": None, "quantile": None, "method": None,
             "top": 12, **options}
    many = isinstance(path, list)
    data = [fulcrum.load(one) for one in (path if many else [path])]
    sheet = style.Sheet(lang)
    made = script(name).draw(data if many else data[0], argparse.Namespace(**table), sheet)
    made.canvas.draw()
    return made


def saved(name, arguments):
    """The figure that the command saves."""
    kept, save = [], style.Sheet.save
    style.Sheet.save = lambda sheet, made, path: (save(sheet, made, path), kept.append(made))
    try:
        assert script(name).main(arguments) == 0, (name, arguments)
    finally:
        style.Sheet.save = save
    return kept[0]


def texts(made):
    """All texts of a figure that are to be seen."""
    return [text for text in made.findobj(style.matplotlib.text.Text)
            if text.get_visible() and text.get_text() and text.axes in (None, *visible(made))]


def visible(made):
    """The axes that are not hidden."""
    return [axes for axes in made.axes if axes.get_visible()]


def words(made):
    """What is written anywhere in a figure, as one line."""
    written = " ".join(" ".join(text.get_text().split()) for text in texts(made))
    return written.replace("\N{NO-BREAK SPACE}", " ")


def cut(made):
    """Texts that reach beyond the edge of the picture."""
    edge = made.bbox
    renderer = made.canvas.get_renderer()
    found = []
    ticks = {label: axis for axes in visible(made) for axis in (axes.xaxis, axes.yaxis)
             for label in axis.get_ticklabels(which="both")}
    for text in texts(made):
        if text in ticks and not inside(text, ticks[text]):
            continue  # of a tick beyond the axis, which is not drawn
        box = text.get_window_extent(renderer)
        if box.x0 < edge.x0 - 1 or box.y0 < edge.y0 - 1 or box.x1 > edge.x1 + 1 or box.y1 > edge.y1 + 1:
            found.append(text.get_text())
    return found


def colliding(made):
    """Pairs of tick labels of one axis that lie on each other."""
    renderer = made.canvas.get_renderer()
    found = []
    for axes in visible(made):
        for axis in (axes.xaxis, axes.yaxis):
            boxes = [(label.get_text(), label.get_window_extent(renderer)) for label in axis.get_ticklabels()
                     if label.get_text() and inside(label, axis)]
            found += [(a[0], b[0]) for a, b in zip(boxes, boxes[1:]) if a[1].overlaps(b[1])]
    return found


def inside(label, axis):
    """Whether a tick lies within the limits of its axis."""
    at = label.get_position()[0 if axis.axis_name == "x" else 1]
    low, high = sorted(axis.get_view_interval())
    return low <= at <= high


def picture(path):
    """The pixels of a picture."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def colours(pixels):
    """How many colours there are."""
    return len(np.unique(pixels @ (65536, 256, 1)))
