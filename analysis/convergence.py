#!/usr/bin/env python3
"""How an estimate settles as samples grow: from kept samples, or from several results.

    fulcrum run study.yaml -n 1e5 --samples -o out.h5
    python3 analysis/convergence.py out.samples.h5 --output MEP/leverage_ratio -o convergence.png
    python3 analysis/convergence.py out.samples.h5 --output MEP/npv --quantile 0.05 --lang zh -o q.pdf
    python3 analysis/convergence.py n4096.h5 n16384.h5 n65536_sobol.h5 --output portfolio/leverage_ratio

One file of kept samples gives the estimate after every number of samples. Several results of one study (other
sizes, seeds or designs) give one point each. A single result holds no history, also with --until.

The interval of a mean is the normal one of independent samples; of a Latin hypercube or Sobol' design that of
16 replicates, sample i in replicate i mod 16, with Student's t (engine/statistics/replicated.h has the papers).
That of a quantile is between order statistics (Thompson 1936). Each is for a number of samples chosen
beforehand: to stop when an interval is small enough, use `fulcrum run --until`, whose intervals allow it.
"""

import sys

import numpy as np

import fulcrum
import style

REPLICATES = 16
DESIGNS = {"Monte Carlo": "蒙特卡洛", "Latin hypercube": "拉丁超立方", "scrambled Sobol' points": "加扰 Sobol' 点"}


def sizes(count, step):
    """Numbers of samples at which to look: 60 from 64 on, evenly in the logarithm, multiples of `step`."""
    looks = np.geomspace(min(64, count), count, 60).astype(int)
    return np.unique(np.maximum(looks // step, 1) * step if step > 1 else looks)


def means(values, looks):
    """Mean of the first n finite values' samples and its standard error, for each n; independent samples."""
    good = np.isfinite(values)
    kept = np.where(good, values, 0.0)
    shift = kept[good][0] if good.any() else 0.0  # sums of squares about a value, not about zero
    kept = np.where(good, kept - shift, 0.0)
    n = np.cumsum(good)[looks - 1].astype(float)
    total, square = np.cumsum(kept)[looks - 1], np.cumsum(kept**2)[looks - 1]
    variance = np.maximum(square - total**2 / n, 0.0) / np.maximum(n - 1, 1)
    return total / n + shift, np.sqrt(variance / n)


def replicated_means(values, looks):
    """The same of a design: the error is that of a ratio of sums over replicates (Cochran 1977)."""
    good = np.isfinite(values)
    rows = len(values) // REPLICATES
    split = np.where(good, values, 0.0)[:rows * REPLICATES].reshape(rows, REPLICATES)
    sums = np.cumsum(split, axis=0)[looks // REPLICATES - 1]
    counts = np.cumsum(good[:rows * REPLICATES].reshape(rows, REPLICATES), axis=0)[looks // REPLICATES - 1]
    mean = sums.sum(axis=1) / counts.sum(axis=1)
    rest = sums - mean[:, None] * counts
    return mean, np.sqrt(REPLICATES / (REPLICATES - 1) * (rest**2).sum(axis=1)) / counts.sum(axis=1)


def quantiles(values, looks, p):
    """Quantile of the first n values, and the order statistics that hold it in 95 % (normal ranks)."""
    rows = []
    for look in looks:
        ordered = np.sort(values[:look][~np.isnan(values[:look])])
        n, half = len(ordered), 1.959964 * np.sqrt(len(ordered) * p * (1 - p))
        ranks = np.ceil([n * p, n * p - half, n * p + half + 1]).astype(int) - 1
        rows.append(ordered[np.clip(ranks, 0, n - 1)])
    return np.array(rows).T


def of_samples(data, name, options):
    """(sizes, estimate, low, high) from kept samples."""
    if name not in data.name.values:
        raise fulcrum.Refused(f"{name} was not kept; there are {', '.join(data.name.values[:4])}, ...")
    column = int(np.flatnonzero(data.name.values == name)[0])
    values = data.output[:, column].values
    design = data.attrs["design"] != "Monte Carlo"
    looks = sizes(len(values), REPLICATES if design else 1)
    if options.quantile is not None:
        if design:
            raise fulcrum.Refused("the interval of a quantile is not known along the samples of a design; "
                                  "draw its mean, or several results")
        return (looks, *quantiles(values, looks, options.quantile))
    estimate, error = (replicated_means if design else means)(values, looks)
    half = style.width(data) * error
    return looks, estimate, estimate - half, estimate + half


def of_results(data, name, options):
    """[(size, estimate, low, high, design)] from results of one study."""
    if len(data) < 2:
        raise fulcrum.Refused("one result holds no history: give kept samples (fulcrum run --samples writes "
                              "them), or several results of one study")
    if len({one.attrs["study_sha256"] for one in data}) > 1:
        raise fulcrum.Refused("these results are of different studies (study_sha256); fulcrum diff tells how")
    rows = []
    for one in data:
        values = fulcrum.find(one, name)
        if values.ndim:
            raise fulcrum.Refused(f"{name} is many numbers: name a {values.dims[0].replace('_', ' ')}")
        if options.quantile is None:
            half = style.width(one) * float(fulcrum.find(one, name, "standard_error"))
            row = (float(values), float(values) - half, float(values) + half)
        elif options.quantile in one["quantile"].values:
            row = tuple(float(fulcrum.find(one, name, part).sel(quantile=options.quantile))
                        for part in ("quantile", "quantile_low", "quantile_high"))
        else:
            raise fulcrum.Refused(f"results hold the quantiles {', '.join(map(str, one['quantile'].values))}")
        rows.append((one.attrs["samples"], *row, one.attrs["design"]))
    return sorted(rows)


def draw_samples(left, right, data, name, options):
    """Running estimate with its interval; half the interval's width."""
    looks, estimate, low, high = of_samples(data, name, options)
    left.fill_between(looks, low, high, color=style.BLUE, alpha=0.25, linewidth=0)
    left.plot(looks, estimate, color=style.BLUE, linewidth=1.6)
    left.axhline(estimate[-1], color=style.BLACK, linewidth=0.8, linestyle=(0, (4, 2)))
    right.plot(looks, (high - low) / 2, color=style.BLUE, linewidth=1.6)
    return looks[-1], (high[-1] - low[-1]) / 2, looks[0]


def draw_results(left, right, data, name, options, sheet):
    """A point with its interval for each result, a colour for each design."""
    rows = of_results(data, name, options)
    designs = list(dict.fromkeys(row[4] for row in rows))
    for design, colour, mark in zip(designs, (style.BLUE, style.ORANGE, style.GREEN), "osD"):
        chosen = np.array([row[:4] for row in rows if row[4] == design])
        shift = 1 + 0.03 * designs.index(design)  # so that equal sizes do not hide each other
        size, estimate, low, high = chosen.T
        left.errorbar(size * shift, estimate, yerr=[estimate - low, high - estimate], color=colour,
                      marker=mark, markersize=5, linestyle="none", capsize=3)
        right.plot(size, (high - low) / 2, color=colour, marker=mark, markersize=5, linestyle="none",
                   label=sheet.say(design, DESIGNS.get(design, design)))
    plain = [row for row in rows if row[4] == "Monte Carlo"] or rows
    right.legend()
    return plain[-1][0], (plain[-1][3] - plain[-1][2]) / 2, rows[0][0]


def draw(data, options, sheet):
    """The figure."""
    kinds = {one.attrs["kind"] for one in data}
    if len(kinds) > 1 or (kinds == {"samples"} and len(data) > 1):
        raise fulcrum.Refused("give one file of kept samples, or several results")
    name = (options.output or ["portfolio/leverage_ratio"])[-1]
    figure, (left, right) = sheet.figure(8.6, 4.0, 1, 2, width_ratios=(1.35, 1))
    if kinds == {"samples"}:
        size, half, first = draw_samples(left, right, data[0], name, options)
    else:
        size, half, first = draw_results(left, right, data, name, options, sheet)
    plain = kinds == {"run"} or data[0].attrs["design"] == "Monte Carlo"
    if plain:
        ends = np.array([first, size])
        right.plot(ends, half * np.sqrt(size / ends), color=style.GREY, linewidth=1, linestyle=(0, (4, 2)))
    finish(figure, (left, right), data, name, options, sheet, plain)
    return figure


def finish(figure, pair, data, name, options, sheet, plain):
    """Axes, title, caption."""
    left, right = pair
    parts = name.split("/")
    metric, member = parts[1], next((part for part in parts[2:] if not part.isdigit()), None)
    people = fulcrum.names(data[0], "program", sheet.lang).get(parts[0], parts[0])
    what, unit = style.called(data[0], sheet, metric, member)
    when = [sheet.say(f" in FY{part}", f"（{part} 财年）") for part in parts[2:] if part.isdigit()]
    chosen = sheet.say("mean", "均值") if options.quantile is None else sheet.say(
        f"quantile of {sheet.share(options.quantile)}", f"{sheet.share(options.quantile)} 分位数")
    for axes in pair:
        axes.set_xscale("log")
        axes.set_xlabel(sheet.say("number of samples", "样本数"))
        style.logarithmic(axes.xaxis, axes.get_xlim())
    right.set_yscale("log")
    style.logarithmic(right.yaxis, right.get_ylim())
    sheet.scale(left.yaxis, metric)
    left.set_ylabel(f"{chosen} ({unit})" if sheet.lang == "en" else f"{chosen}（{unit}）")
    left.set_title(sheet.say("estimate and its 95 % interval", "估计值及其 95% 区间"))
    right.set_title(sheet.say("half the width of the interval", "区间半宽"))
    sheet.title(figure, sheet.say(f"{people}: how the {chosen} of {what}{''.join(when)} settles",
                                  f"{people}：{what}{''.join(when)}的{chosen}如何收敛"))
    many = sorted({one.attrs["samples"] for one in data})
    last = sheet.say("Dashed, right: four times the samples, half the width.", "右图虚线：样本增至四倍，宽度减半。") \
        if plain else sheet.say("Points of a design are balanced at their full number only; before, they "
                                "gain little.", "设计点仅在全部用完时才均衡，此前收益甚微。")
    sheet.caption(figure, data[0], sheet.say(
        "Each interval is for a number of samples chosen beforehand, not for stopping when it looks good.",
        "各区间均以事先选定的样本数为前提，不可据以随时停止。"), last,
        samples=sheet.say(" to ", " 至 ").join(f"{count:,}" for count in dict.fromkeys((many[0], many[-1]))))


def main(arguments=None):
    """The command."""
    made = style.parser(__file__, __doc__, output="output, such as MEP/leverage_ratio or MEP/federal/2030 "
                        "(default portfolio/leverage_ratio)", many=True)
    made.add_argument("--quantile", type=float, metavar="P", help="a quantile instead of the mean")
    return style.main(made, ("samples", "run"), draw, arguments)


if __name__ == "__main__":
    sys.exit(main())
