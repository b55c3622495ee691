#!/usr/bin/env python3
"""The distribution of one output, with its quantiles and the targets set for it.

    python3 analysis/distribution.py baseline.h5 -o distribution.png
    python3 analysis/distribution.py baseline.h5 --output MEP/leverage_ratio --lang zh -o mep.pdf
    python3 analysis/distribution.py baseline.h5 --program MEP --output federal/2030 -o federal.svg

Bars are the exact counts of the result's histogram, over the width of a bin; the tint changes at the quantiles
of 5, 25, 75 and 95 %. Values beyond the quantiles of 1 and 99 % may lie outside the picture, which says so.
"""

import sys

import numpy as np

import fulcrum
import labels
import style

ROOM = 0.3  # of the highest bar, for the text of a target
TINTS = ("#c6dbef", style.SKY, style.BLUE, style.SKY, "#c6dbef")


def bins(edges, counts):
    """Edges and counts of the bins in use. An end bin is cut at the extreme; where that leaves less than
    half a bin, it joins its neighbour, so that few samples in a sliver do not look like many."""
    edges = edges[np.isfinite(edges)]
    counts = counts[:max(len(edges) - 1, 0)].astype(float)
    usual = np.median(np.diff(edges)) if len(edges) > 1 else 1.0
    while len(counts) > 2 and edges[1] - edges[0] < usual / 2:
        edges, counts = np.delete(edges, 1), np.r_[counts[0] + counts[1], counts[2:]]
    while len(counts) > 2 and edges[-1] - edges[-2] < usual / 2:
        edges, counts = np.delete(edges, -2), np.r_[counts[:-2], counts[-2] + counts[-1]]
    return edges, counts, usual


def years(edges, counts):
    """Whole years: a bin holds one of them, and becomes the bar around it."""
    edges = edges[np.isfinite(edges)]
    first = np.ceil(edges[:-1])
    filled = np.zeros(int(first[-1] - first[0]) + 1)
    np.add.at(filled, (first - first[0]).astype(int), counts[:len(first)])
    return np.arange(first[0], first[-1] + 2) - 0.5, filled, 1.0


def targets(data, name):
    """Rows of the result's targets that ask of this output."""
    if "target_output" not in data:
        return []
    rows = []
    for row in range(data.sizes["target"]):
        year = int(data.target_fiscal_year[row])
        full = data.target_output[row].item() + (f"/{year}" if year else "")
        if full == name:
            rows.append(row)
    return rows


def draw_bars(axes, edges, counts, usual, defined, cuts):
    """The histogram, split where the tint changes."""
    pieces = np.unique(np.r_[edges, cuts[(cuts > edges[0]) & (cuts < edges[-1])]])
    heights = counts / np.diff(edges) * usual / defined
    for left, right in zip(pieces[:-1], pieces[1:]):
        height = heights[np.searchsorted(edges, left, "right") - 1]
        tint = TINTS[np.searchsorted(cuts, (left + right) / 2)]
        axes.fill_between([left, right], height, color=tint, linewidth=0.2, edgecolor=tint)
    return heights.max()


def draw_targets(axes, data, rows, output, sheet, top):
    """A line at each target, and above the bars how likely it is met."""
    for number, row in enumerate(rows):
        threshold = float(data.target_threshold[row])
        at_least = data.target_side[row].item() == "at_least"
        met, low, high = (float(data[f"target_{part}"][row]) for part in ("probability", "low", "high"))
        height = top * (1.28 + ROOM * (len(rows) - number))
        axes.plot([threshold] * 2, [0, height], color=style.ORANGE, linewidth=1.6, linestyle=(0, (4, 2)))
        name = data["target_name_zh" if sheet.lang == "zh" else "target_name"][row].item()
        value = sheet.share(threshold) if labels.is_share(output) else f"{threshold:,.6g}"
        condition = sheet.say(f"{'at least' if at_least else 'at most'} {value}",
                              f"{'至少' if at_least else '至多'} {value}")
        chance = sheet.say(f"{sheet.share(met)} of futures ({sheet.share(low)} to {sheet.share(high)})",
                           f"{sheet.share(met)} 的情形（{sheet.share(low)} 至 {sheet.share(high)}）")
        text = style.wrap(sheet.say(f"Target, {condition}: {name or ''}", f"目标，{condition}：{name or ''}"),
                          3.6, 8)
        right = threshold < sum(axes.get_xlim()) / 2
        axes.annotate(f"{text}\n{chance}", (threshold, height), color=style.ORANGE, fontsize=8,
                      xytext=(4 if right else -4, 0), va="top", ha="left" if right else "right",
                      textcoords="offset points", bbox=style.BOX)


def draw_quantiles(axes, at, output, sheet, top):
    """The median and the quantiles of 5 and 95 %; labels of close ones stand on two levels."""
    left, right = axes.get_xlim()
    for p in (0.05, 0.5, 0.95):
        if not np.isfinite(at(p)):
            continue
        axes.plot([at(p)] * 2, [0, 1.06 * top], color=style.BLACK, linewidth=1)
        head = sheet.say("median", "中位数") if p == 0.5 else sheet.share(p)
        near = p != 0.5 and abs(at(p) - at(0.5)) < 0.08 * (right - left)
        side = 0 if not near else -18 if p < 0.5 else 18
        axes.annotate(f"{head}\n{sheet.number(at(p), output)}", (at(p), 1.07 * top), ha="center",
                      va="bottom", fontsize=8, bbox=style.BOX, xytext=(side, 0), textcoords="offset points")


def resolve(data, options):
    """The output's full name and its parts."""
    name = (options.output or ["leverage_ratio"])[-1]
    program, output, member, year = fulcrum.parse(data, name)
    program = program or (options.program or ["portfolio"])[-1]
    fulcrum.check(data, "program", program)
    full = "/".join(str(part) for part in (program, output, member, year) if part is not None)
    values = fulcrum.find(data, full)
    if values.ndim:
        raise fulcrum.Refused(f"{full} is many numbers: name a {values.dims[0].replace('_', ' ')}, as in "
                              f"{full}/{values[values.dims[0]].values[-1]}")
    return full, program, output, member, year


def draw(data, options, sheet):
    """The figure."""
    full, program, output, member, year = resolve(data, options)
    defined, infinite = (int(fulcrum.find(data, full, count)) for count in ("defined", "infinite"))
    if defined <= infinite:
        raise fulcrum.Refused(f"{full} has no finite value in any sample")
    quantile = fulcrum.find(data, full, "quantile")
    make = years if output == "payback_year" else bins
    edges, counts, usual = make(fulcrum.find(data, full, "histogram_edge").values,
                                fulcrum.find(data, full, "histogram_count").values)
    if len(counts) == 0 or edges[-1] == edges[0]:
        raise fulcrum.Refused(f"{full} is {sheet.number(float(quantile.sel(quantile=0.5)), output)} in "
                              "every sample: there is no distribution to draw")
    at = lambda p: float(quantile.sel(quantile=p))  # noqa: E731
    rows = targets(data, full)
    figure, axes = sheet.figure(7.2, 4.2 + 0.5 * len(rows))
    cuts = np.array([at(p) for p in (0.05, 0.25, 0.75, 0.95)])
    if output == "payback_year":
        cuts = np.array([-np.inf, -np.inf, np.inf, np.inf])
    top = draw_bars(axes, edges, counts, usual, defined, cuts)
    thresholds = [float(data.target_threshold[row]) for row in rows]
    ends = (at(0.01), at(0.99)) if output != "payback_year" else (edges[0], edges[-1])
    inside = [value for value in ends if np.isfinite(value)] + thresholds
    pad = 0.06 * (max(inside) - min(inside)) + 1.5 * usual
    axes.set_xlim(max(edges[0], min(inside) - pad) if not thresholds else min(inside) - pad,
                  max(inside) + pad)
    axes.set_ylim(0, top * (1.3 + ROOM * len(rows)))
    draw_targets(axes, data, rows, output, sheet, top)
    draw_quantiles(axes, at, output, sheet, top)
    finish(figure, axes, sheet, data, (full, program, output, member, year), defined, usual)
    return figure


def finish(figure, axes, sheet, data, parts, defined, usual):
    """Title, axes and caption."""
    full, program, output, member, year = parts
    name, unit = style.called(data, sheet, output, member)
    people = fulcrum.names(data, "program", sheet.lang)[program]
    when = sheet.say(f" in FY{year}", f"（{year} 财年）") if year else ""
    sheet.title(figure, sheet.say(f"{people}: {name}{when}", f"{people}：{name}{when}"))
    axes.set_xlabel(sheet.say(f"{name} ({unit})", f"{name}（{unit}）"))
    axes.set_ylabel(sheet.say(f"% of futures, per {sheet.number(usual, output)}",
                              f"情形占比（%），每 {sheet.number(usual, output)}"))
    sheet.percent(axes.yaxis)
    sheet.scale(axes.xaxis, output)
    low, high = (sheet.number(float(fulcrum.find(data, full, f"quantile_{end}").sel(quantile=0.5)), output)
                 for end in ("low", "high"))
    tints = "" if output == "payback_year" else sheet.say(
        "Tints: the middle 50 % (dark) and 90 % of possible futures.", "深色：居中 50% 的可能情形；中等深浅：居中 90%。")
    sentences = [tints, sheet.say("The median is known to the digits shown." if low == high else
                                  f"The median lies between {low} and {high} (95 % interval of the sampling).",
                                  "中位数精确到所示位数。" if low == high else
                                  f"中位数的抽样误差区间（95%）：{low} 至 {high}。")]
    infinite, undefined = (int(fulcrum.find(data, full, count)) for count in ("infinite", "undefined"))
    if infinite:
        share = sheet.share(infinite / defined)
        sentences.append(sheet.say(f"In {share} of futures: never.", f"{share} 的情形：永不发生。"))
    if undefined:
        share = sheet.share(undefined / data.attrs["samples"])
        sentences.append(sheet.say(f"{share} of samples have no such number and do not count here.",
                                   f"{share} 的样本没有该数值，未计入。"))
    minimum, maximum = (float(fulcrum.find(data, full, end)) for end in ("minimum", "maximum"))
    left, right = axes.get_xlim()
    if minimum < left or maximum > right:
        sentences.append(sheet.say(f"Extremes outside the picture: {sheet.number(minimum, output)} and "
                                   f"{sheet.number(maximum, output)}.",
                                   f"图外极值：{sheet.number(minimum, output)} 与 "
                                   f"{sheet.number(maximum, output)}。"))
    if targets(data, full):
        sentences.append(sheet.say("In brackets: 95 % intervals of the sampling (Wilson).",
                                   "括号内为抽样误差的 95% 区间（Wilson）。"))
    sheet.caption(figure, data, *sentences)


def main(arguments=None):
    """The command."""
    made = style.parser(__file__, __doc__,
                        output="output to draw, such as MEP/leverage_ratio or federal/2030 (default "
                               "leverage_ratio)",
                        program="program, where --output names none (default portfolio)")
    return style.main(made, ("run",), draw, arguments)


if __name__ == "__main__":
    sys.exit(main())
