#!/usr/bin/env python3
"""What policies change: differences from the base in the same possible futures.

    python3 analysis/scenarios.py compare.h5 -o scenarios.png
    python3 analysis/scenarios.py compare.h5 --output MFGUSA/survival_share --output portfolio/npv --lang zh
    python3 analysis/scenarios.py compare.h5 --output MFGUSA/federal -o by_year.pdf

Without --output: the outputs by which the comparison ranks (--decide). An output over the horizon, or of one
year, is a panel with a row for each policy; an output by fiscal year is drawn as a panel for each policy.
"""

import math
import sys

import numpy as np

import fulcrum
import labels
import style

SPAN = (0.05, 0.25, 0.5, 0.75, 0.95)


def complete(data, options):
    """(full name, parts) of the outputs to draw."""
    listed = []
    for name in options.output or data.decision.values.tolist():
        program, output, member, year = fulcrum.parse(data, name)
        program = program or "portfolio"
        full = "/".join(str(part) for part in (program, output, member, year) if part is not None)
        listed.append((full, program, output, member, year))
    return listed


def colour_of(better, mean, half):
    """Blue where the policy is better than the base, orange where worse, grey where neither is said, or where
    the interval of the mean holds 0."""
    if better == "neither" or abs(mean) <= half:
        return style.GREY
    return style.BLUE if (mean > 0) == (better == "higher") else style.ORANGE


def change(sheet, value, output):
    """A difference with its sign; of shares in percentage points."""
    if value == 0:
        return "0"
    if labels.is_share(output):
        return f"{100 * value:+.2f}".replace("-", "\N{MINUS SIGN}")
    return ("+" if value > 0 else "") + sheet.number(value)


def unit_of(data, sheet, output, member):
    """The unit of a difference."""
    if labels.is_share(output):
        return sheet.say("percentage points", "百分点")
    return style.called(data, sheet, output, member)[1]


def rows_panel(axes, data, sheet, item, scenarios):
    """One output: a row for each policy."""
    full, program, output, member, year = item
    quantile = fulcrum.find(data, full, "difference_quantile").sel(quantile=list(SPAN))
    mean = fulcrum.find(data, full, "difference_mean")
    error = fulcrum.find(data, full, "difference_standard_error")
    more = fulcrum.find(data, full, "probability_higher")
    less = fulcrum.find(data, full, "probability_lower")
    axes.axvline(0, color=style.BLACK, linewidth=0.9)
    for row, key in enumerate(scenarios):
        middle, half = float(mean.sel(scenario=key)), style.width(data) * float(error.sel(scenario=key))
        if not np.isfinite(middle):
            continue
        style.span(axes, row, *quantile.sel(scenario=key).values, mark="",
                   colour=colour_of(mean.attrs["better"], middle, half))
        axes.errorbar(middle, row, xerr=half, color=style.BLACK, marker="D", markersize=3.5, linewidth=1.2,
                      capsize=3, markerfacecolor="white", zorder=5)
        up, down = float(more.sel(scenario=key)), float(less.sel(scenario=key))
        text = sheet.say("no change", "无变化") if up == down == 0 else sheet.say(
            f"{change(sheet, middle, output)}\nmore in {sheet.share(up)}\nless in {sheet.share(down)}",
            f"{change(sheet, middle, output)}\n{sheet.share(up)} 增\n{sheet.share(down)} 减")
        axes.annotate(text, (1.01, row), xycoords=("axes fraction", "data"), fontsize=7.5, va="center")
    axes.set_ylim(len(scenarios) - 0.5, -0.75)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.06)
    name, _ = style.called(data, sheet, output, member)
    people = fulcrum.names(data, "program", sheet.lang)[program]
    when = sheet.say(f" in FY{year}", f"（{year} 财年）") if year else ""
    base = sheet.number(float(fulcrum.find(data, full).isel(scenario=0)), output)
    axes.set_title(style.wrap(sheet.say(f"{people}: {name}{when} (base {base})",
                                        f"{people}：{name}{when}（基准 {base}）"), 3.9, 9.5))
    unit = unit_of(data, sheet, output, member)
    axes.set_xlabel(sheet.say(f"difference from the base ({unit})", f"与基准之差（{unit}）"))
    sheet.scale(axes.xaxis, output)


def draw_rows(data, items, sheet):
    """The figure of differences, a column for each output."""
    scenarios = data.scenario.values.tolist()[1:]
    figure, grid = sheet.figure(2.8 + 4.2 * len(items), 0.55 * len(scenarios) + 1.9, 1, len(items),
                                squeeze=False, sharey=True)
    people = fulcrum.names(data, "scenario", sheet.lang)
    for axes, item in zip(grid[0], items):
        rows_panel(axes, data, sheet, item, scenarios)
    grid[0][0].set_yticks(range(len(scenarios)), [style.wrap(people[key], 2.6, 9) for key in scenarios])
    sheet.title(figure, sheet.say("What each policy changes", "各项政策带来的变化"))
    sheet.caption(figure, data, sheet.say(
        "Policy less base in the same possible future. Thick bar: the middle 50 % of futures, thin line: 90 %. "
        "Diamond and number: mean, with the 95 % interval of the sampling. Blue: better on average than the "
        "base, orange: worse, grey: neither is sure. Beside: the share of futures in which it is more, less.",
        "同一情形下政策与基准之差。粗条：居中 50% 的情形；细线：居中 90%。菱形与数字：均值及其 95% 抽样区间。"
        "蓝：平均优于基准；橙：劣于基准；灰：不能确定。右侧：增加与减少的情形占比。"))
    return figure


def draw_years(data, item, sheet):
    """The figure of one output by fiscal year, a panel for each policy that changes it."""
    full, program, output, member, _ = item
    quantile = fulcrum.find(data, full, "difference_quantile")
    mean = fulcrum.find(data, full, "difference_mean")
    scenarios = [key for key in data.scenario.values.tolist()[1:]
                 if float(abs(mean.sel(scenario=key)).max()) > 0]
    if not scenarios:
        raise fulcrum.Refused(f"no policy changes {full}")
    columns = min(len(scenarios), 3)
    rows = math.ceil(len(scenarios) / columns)
    figure, grid = sheet.figure(max(3.4 * columns, 5.5), 2.6 * rows + 1.1, rows, columns, squeeze=False,
                                sharey=True)
    people = fulcrum.names(data, "scenario", sheet.lang)
    years = data.fiscal_year.values
    for axes, key in zip(grid.flat, scenarios):
        table = quantile.sel(scenario=key)
        style.fan(axes, years, lambda p, t=table: t.sel(quantile=p).values)
        axes.plot(years, mean.sel(scenario=key), color=style.BLACK, linewidth=1.2, linestyle=(0, (4, 2)))
        axes.axhline(0, color=style.BLACK, linewidth=0.9)
        axes.set_title(style.wrap(people[key], 3.2, 9.5))
        axes.set_xlabel(sheet.say("fiscal year", "财年"))
        sheet.scale(axes.xaxis, "fiscal_year")
        sheet.scale(axes.yaxis, output)
    for axes in list(grid.flat)[len(scenarios):]:
        axes.set_visible(False)
    for row in grid:
        row[0].set_ylabel(unit_of(data, sheet, output, member))
    name, _ = style.called(data, sheet, output, member)
    who = fulcrum.names(data, "program", sheet.lang)[program]
    sheet.title(figure, sheet.say(f"What each policy changes: {who}, {name}", f"各项政策带来的变化：{who}，{name}"))
    sheet.caption(figure, data, sheet.say(
        "Policy less base in the same possible future. Solid line: median, dashed: mean; dark band: the "
        "middle 50 % of futures, light band: 90 %. Policies that change nothing here are left out.",
        "同一情形下政策与基准之差。实线：中位数；虚线：均值；深色带：居中 50% 的情形；浅色带：居中 90%。无影响的政策从略。"))
    return figure


def draw(data, options, sheet):
    """The figure."""
    items = complete(data, options)
    by_year = []
    for item in items:
        axes = fulcrum.find(data, item[0]).dims
        if axes not in (("scenario",), ("scenario", "fiscal_year")):
            raise fulcrum.Refused(f"{item[0]} is many numbers: name one as in {item[0]}/"
                                  f"{data[axes[1]].values[0]}")
        by_year.append(len(axes) == 2)
    if any(by_year) and len(items) > 1:
        raise fulcrum.Refused("an output by fiscal year fills the figure: draw it alone, or name one of its "
                              "years")
    return draw_years(data, items[0], sheet) if by_year[0] else draw_rows(data, items, sheet)


def main(arguments=None):
    """The command."""
    made = style.parser(__file__, __doc__, output="output to draw, such as portfolio/npv or MFGUSA/federal; "
                        "repeatable (default: those that rank)")
    return style.main(made, ("compare",), draw, arguments)


if __name__ == "__main__":
    sys.exit(main())
