#!/usr/bin/env python3
"""One picture of a result: what a federal dollar moves, by program, and the money by fiscal year.

    python3 analysis/overview.py baseline.h5 -o overview.png

Left: the distribution of each program's leverage ratio (median, 50 % and 90 % range). Right: federal
money, match and own revenue of the portfolio by fiscal year, mean and 90 % range. Needs h5py and matplotlib
(Debian: python3-h5py python3-matplotlib).
"""

import argparse

import h5py
import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.ticker import MaxNLocator, NullLocator  # noqa: E402

# Okabe and Ito (2008): told apart by colour-blind readers.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"


def texts(dataset):
    """A text variable as a list of str."""
    return [text.decode() if isinstance(text, bytes) else text for text in dataset[()]]


def at(result, name, probability):
    """The table `name`_quantile at one of the probabilities kept."""
    kept = list(result["quantile"][()])
    return result[f"{name}_quantile"][()][..., kept.index(probability)]


def draw_leverage(axes, result):
    """Median, 50 % and 90 % range of every program's leverage ratio."""
    names = texts(result["program_name"])
    rows = range(len(names))[::-1]
    spans = [at(result, "leverage_ratio", p) for p in (0.05, 0.25, 0.5, 0.75, 0.95)]
    for program, row in enumerate(rows):
        low, lower, median, upper, high = (span[program] for span in spans)
        if not median > 0:  # no federal money, no ratio
            axes.annotate("no money", (1, row), va="center", ha="center", fontsize=9, color="gray")
            continue
        axes.plot([low, high], [row, row], color=BLUE, linewidth=2, solid_capstyle="butt")
        axes.plot([lower, upper], [row, row], color=BLUE, linewidth=9, solid_capstyle="butt")
        axes.plot([median], [row], marker="|", color="white", markersize=11, markeredgewidth=2)
        axes.annotate(f"{median:.2f}", (median, row), xytext=(0, 7), ha="center",
                      textcoords="offset points", fontsize=9)
    axes.set_yticks(list(rows), names)
    axes.set_ylim(-0.6, len(names) - 0.3)
    axes.set_xscale("log")
    axes.set_xticks([0.2, 0.5, 1, 2, 5, 10, 20], labels=["0.2", "0.5", "1", "2", "5", "10", "20"])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("match and own revenue per federal dollar (present values)")
    axes.set_title("What a federal dollar moves\nmedian, 50 % and 90 % of futures", fontsize=11)


def draw_money(axes, result):
    """Means and 90 % ranges of the portfolio's money by fiscal year."""
    years = result["fiscal_year"][()]
    for name, label, colour in (("match", "match from partners", ORANGE),
                                ("federal", "federal money", BLUE),
                                ("own_revenue", "own revenue", GREEN)):
        axes.fill_between(years, at(result, name, 0.05)[-1], at(result, name, 0.95)[-1],
                          color=colour, alpha=0.18, linewidth=0)
        axes.plot(years, result[f"{name}_mean"][()][-1], color=colour, linewidth=2, label=label)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("federal fiscal year")
    axes.set_ylabel("USD million a year, nominal")
    axes.set_title("The portfolio by year\nmean and 90 % of futures", fontsize=11)
    axes.legend(frameon=False)


def main():
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", help="result file of fulcrum run")
    parser.add_argument("-o", "--output", default="overview.png", help="picture to write")
    arguments = parser.parse_args()
    with h5py.File(arguments.result) as result:
        height = max(4.2, 0.42 * len(result["program"]) + 1.2)
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(11.5, height), layout="constrained")
        draw_leverage(left, result)
        draw_money(right, result)
        for axes in (left, right):
            axes.spines[["top", "right"]].set_visible(False)
        figure.suptitle(f"{result.attrs['title']}: {result.attrs['samples']:,} samples", fontsize=12)
        figure.savefig(arguments.output, dpi=110)


if __name__ == "__main__":
    main()
