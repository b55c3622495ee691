"""What all plots share: command line, colours, fonts, words in two languages, captions, saving.

A script is a function draw(data, options, sheet) that gives a matplotlib figure, and a call of `main`. Errors
are one line on standard error and exit code 1. Colours are those of Okabe and Ito (2008, "Color universal
design"), told apart by colour-blind readers and, by lightness, in grey. Equal input gives equal bytes of PNG,
PDF and SVG with the same matplotlib.
"""

import argparse
import math
import os
import shutil
import sys
import tempfile

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import font_manager, pyplot  # noqa: E402
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator  # noqa: E402

import fulcrum  # noqa: E402
import labels  # noqa: E402

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
SKY, AMBER, YELLOW, BLACK = "#56B4E9", "#E69F00", "#F0E442", "#000000"
GREY = "#666666"
BOX = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.9}
CHINESE = "Noto Sans CJK SC"
SCRIPTS = {"run": "distribution.py, fan.py, leverage.py or survival.py", "compare": "scenarios.py",
           "sweep": "sweep.py", "hindcast": "hindcast.py", "samples": "convergence.py",
           "sensitivity": "sensitivity.py", "voi": "voi.py"}


# ---- command line -------------------------------------------------------------------------------

class _Parser(argparse.ArgumentParser):
    """Mistakes are one line."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}; --help tells more\n")


def parser(script, doc, output="", program="", many=False):
    """The options of a plot; `output` and `program`: what to say of these options where it has them."""
    made = _Parser(prog=os.path.basename(script), description=doc, allow_abbrev=False,
                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("file", nargs="+" if many else None, help="file written by fulcrum")
    stem = os.path.splitext(os.path.basename(script))[0]
    made.add_argument("-o", dest="picture", metavar="PICTURE", default=f"{stem}.png",
                      help=f"picture to write: .png, .pdf or .svg (default {stem}.png)")
    if output:
        made.add_argument("--output", action="append", metavar="NAME", help=output)
    if program:
        made.add_argument("--program", action="append", metavar="KEY", help=program)
    made.add_argument("--lang", choices=("en", "zh"), default="en", help="language of all labels")
    return made


def main(made, kinds, draw, arguments=None):
    """Read the command line, draw, save; the exit code."""
    options = made.parse_args(arguments)
    paths = options.file if isinstance(options.file, list) else [options.file]
    try:
        data = [fulcrum.load(path) for path in paths]
        for path, one in zip(paths, data):
            if one.attrs["kind"] not in kinds:
                raise fulcrum.Refused(_wrong(path, one.attrs["kind"], kinds))
        sheet = Sheet(options.lang)
        figure = draw(data if isinstance(options.file, list) else data[0], options, sheet)
        sheet.save(figure, options.picture)
    except (fulcrum.Refused, OSError) as error:
        print(f"{made.prog}: {error}", file=sys.stderr)
        return 1
    pyplot.close(figure)
    for one in data:
        one.close()
    return 0


def _wrong(path, kind, kinds):
    wanted = " or ".join(f"fulcrum {name}".replace("fulcrum samples", "kept samples") for name in kinds)
    other = f"; {SCRIPTS[kind]} draws it" if kind in SCRIPTS else ""
    return f"{path}: a file of {'kept samples' if kind == 'samples' else 'fulcrum ' + kind}, and this " \
           f"plot is of {wanted}{other}"


# ---- words and looks ----------------------------------------------------------------------------

class Sheet:
    """Language and looks of one figure."""

    def __init__(self, lang):
        self.lang = lang
        self.title_text = ""
        settings = {
            "font.size": 9, "axes.titlesize": 9.5,
            "axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False,
            "axes.grid": True, "grid.color": "#dddddd", "grid.linewidth": 0.6, "axes.axisbelow": True,
            "legend.frameon": False, "legend.fontsize": 8.5, "svg.hashsalt": "fulcrum",
            "figure.dpi": 120, "savefig.dpi": 120, "text.parse_math": False, "axes.unicode_minus": True}
        families = _chinese() if lang == "zh" else []
        settings["font.family"] = [*families, "DejaVu Sans"]
        matplotlib.rcdefaults()
        matplotlib.use("Agg")
        matplotlib.rcParams.update(settings)

    def say(self, english, chinese):
        """The text in the language of the figure."""
        return chinese if self.lang == "zh" else english

    def figure(self, width, height, rows=1, columns=1, **settings):
        """A figure with its axes, in inches."""
        return pyplot.subplots(rows, columns, figsize=(width, height), layout="constrained", **settings)

    def title(self, figure, text):
        """The title, which says what is shown."""
        self.title_text = text
        figure.suptitle(wrap(text, figure.get_figwidth(), 13.5), x=0.01, ha="left", fontsize=12,
                        fontweight="normal" if self.lang == "zh" else "bold")

    def caption(self, figure, data, *sentences, samples=None):
        """What bands and marks mean, and what the figure was made from, below it; `samples`: how many, where
        it is more than the number of one file."""
        samples = samples or f"{data.attrs['samples']:,}"
        title = data.attrs.get("title_zh" if self.lang == "zh" else "title") or data.attrs["title"]
        text = ("" if self.lang == "zh" else " ").join(sentence for sentence in sentences if sentence)
        study = str(data.attrs.get("study_sha256", ""))[:12]
        made = self.say(f"{title}; {samples} samples, seed {data.attrs['seed']}, "
                        f"study {study}, {data.attrs['source']}.",
                        f"{title}；{samples} 个样本，种子 {data.attrs['seed']}，"
                        f"研究 {study}，{data.attrs['source']}。")
        lines = [wrap(part, figure.get_figwidth(), 7.5) for part in (text, made)]
        figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=7.5, color=GREY,
                         linespacing=1.35)

    def save(self, figure, path):
        """Write the picture, aside first, in the format of its suffix."""
        suffix = os.path.splitext(path)[1].lower()
        if suffix not in (".png", ".pdf", ".svg"):
            raise fulcrum.Refused(f"{path}: the name of a picture ends in .png, .pdf or .svg")
        dates = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}.get(suffix, {})
        figure.savefig(f"{path}.partial", format=suffix[1:],
                       metadata={"Title": self.title_text, **dates})
        os.replace(f"{path}.partial", path)

    def percent(self, axis):
        """Write shares of 1 along an axis in percent."""
        axis.set_major_formatter(FuncFormatter(
            lambda value, _: f"{100 * value:.4g}".replace("-", "\N{MINUS SIGN}")))

    def scale(self, axis, output):
        """Write the values of an output along an axis."""
        if labels.is_share(output):
            self.percent(axis)
        elif output in ("payback_year", "fiscal_year"):
            axis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        else:
            axis.set_major_formatter(FuncFormatter(
                lambda value, _: f"{value:,.6g}".replace("-", "\N{MINUS SIGN}")))

    def number(self, value, output=""):
        """A value for people: three digits, thousands apart, shares in percent."""
        if labels.is_share(output):
            return self.share(value)
        if output == "payback_year" or value == 0:
            return f"{value:.0f}"
        text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")
        return text.replace("-", "\N{MINUS SIGN}")

    def digits(self, values, output):
        """A function that writes any of these values with as many digits as tell them apart."""
        if labels.is_share(output):
            return lambda value: f"{100 * value:.1f}"
        spread = max(float(values.max() - values.min()), 1e-12)
        places = min(max(0, 2 - math.floor(math.log10(spread))), 6) if spread < 100 else 0
        return lambda value: f"{value:,.{places}f}".replace("-", "\N{MINUS SIGN}")

    def share(self, value):
        """A share in percent: 0.5 is 50 %."""
        digits = 1 if 0.1 <= 100 * value <= 99.9 else 2
        text = f"{100 * value:.{digits}f}".rstrip("0").rstrip(".") if value not in (0, 1) else \
            f"{100 * value:.0f}"
        return self.say(f"{text}\N{NO-BREAK SPACE}%", f"{text}%")


def called(data, sheet, output, member):
    """Name and unit of an output with its outcome or source."""
    lang = sheet.lang
    outcome = output[:-11] if output.endswith("_per_dollar") else member
    known = fulcrum.names(data, "outcome", lang) if outcome and output != "match_by_source" else {}
    unit = fulcrum.outcome_units(data).get(outcome, "") if known else ""
    return labels.output_name(output, lang, known.get(outcome, outcome)), \
        labels.output_unit(output, lang, unit)


def wrap(text, inches, points):
    """Text in lines that fit so many inches at a size of font; Chinese breaks anywhere."""
    room = int(inches * 72 / points * 1.8)  # a Latin letter is about 1 / 1.8 of the size wide
    lines, line, width = [], "", 0.0
    words = []
    for piece in text.split(" "):
        word = ""
        for letter in piece:
            if letter > "\u2e7f" and letter not in "，。；：、）！":
                words.append(word)
                word = letter
            else:
                word += letter
        words.extend([word + " "])
    for word in words:
        length = sum(1.8 if letter > "\u2e7f" else 1 for letter in word)
        if width + length > room and line:
            lines.append(line.rstrip(" "))
            line, width = "", 0.0
        line += word
        width += length
    return "\n".join([*lines, line.rstrip(" ")])


def _chinese():
    """The family of the font for Chinese. Debian's collection holds five faces, of which matplotlib sees the
    first, which is Japanese; the simplified one is taken out once and kept in matplotlib's cache."""
    kept = os.path.join(matplotlib.get_cachedir(), "fulcrum-NotoSansCJKsc-Regular.otf")
    if not os.path.exists(kept):
        found = [path for path in font_manager.findSystemFonts()
                 if os.path.basename(path) in ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf")]
        if not found:
            raise fulcrum.Refused("--lang zh needs the font Noto Sans CJK; on Debian: apt-get install "
                                  "fonts-noto-cjk")
        _take_face(found[0], kept)
    font_manager.fontManager.addfont(kept)
    return [CHINESE]


def _take_face(path, kept):
    from fontTools.ttLib import TTCollection  # matplotlib itself needs fontTools
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(kept), delete=False) as aside:
        if path.endswith(".otf"):
            with open(path, "rb") as single:
                shutil.copyfileobj(single, aside)
        else:
            faces = TTCollection(path, lazy=True).fonts
            next(face for face in faces if face["name"].getDebugName(1) == CHINESE).save(aside)
    os.replace(aside.name, kept)


# ---- marks that several figures use --------------------------------------------------------------

def span(axes, row, low, lower, middle, upper, high, colour=BLUE, mark="|"):
    """A range in a row: thin from 5 % to 95 %, thick from 25 % to 75 %, a mark at the middle."""
    axes.plot([low, high], [row, row], color=colour, linewidth=2, solid_capstyle="butt")
    axes.plot([lower, upper], [row, row], color=colour, linewidth=9, solid_capstyle="butt")
    if mark:
        axes.plot([middle], [row], marker=mark, color=BLACK, markersize=11, markeredgewidth=1.5)


def bar(axes, row, value, low, high, colour=BLUE, height=0.6, pale=False):
    """A bar from zero in a row, with the interval of its value; no line towards an end that is infinite."""
    axes.barh(row, value, height=height, color=colour, alpha=0.45 if pale else 1.0)
    arms = [[max(value - low, 0)], [max(high - value, 0)]]
    axes.errorbar(value, row, xerr=np.where(np.isfinite(arms), arms, 0), color=BLACK, linewidth=0.9, capsize=2)


def fan(axes, years, table, colour=BLUE, label=None, median=True):
    """Bands of 90 % and 50 % and the median over years; `table(probability)` gives a quantile's values."""
    axes.fill_between(years, table(0.05), table(0.95), color=colour, alpha=0.2, linewidth=0)
    axes.fill_between(years, table(0.25), table(0.75), color=colour, alpha=0.35, linewidth=0)
    if median:
        axes.plot(years, table(0.5), color=colour, linewidth=2, label=label)


def width(data):
    """Standard errors in half a 95 % interval: of the normal, or for designs, whose errors come from 16
    replicates, of Student's t with 15 degrees of freedom."""
    return 1.959964 if data.attrs.get("design", "Monte Carlo") == "Monte Carlo" else 2.131450


def line(colour, pattern="-"):
    """A line for a legend."""
    return pyplot.Line2D([], [], color=colour, linestyle=pattern, linewidth=1.8)


def logarithmic(axis, values):
    """Ticks at 1, 2, 5 times powers of ten (or at the powers, where they are many), written out."""
    low, high = min(values), max(values)
    steps = (1, 2, 5) if high / low < 300 else (1,)
    axis.set_major_locator(FixedLocator([m * 10.0**e for e in range(-12, 16) for m in steps
                                         if low * 0.9 <= m * 10.0**e <= high * 1.1]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(
        lambda value, _: f"{value:,.0f}" if value >= 1000 else f"{value:g}"))
