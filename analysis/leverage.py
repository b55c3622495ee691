#!/usr/bin/env python3
"""What a federal dollar moves, by program: median, 50 % and 90 % range of each.

    python3 analysis/leverage.py baseline.h5 -o leverage.png
    python3 analysis/leverage.py baseline.h5 --output benefit_cost_ratio --lang zh -o benefit.pdf
    python3 analysis/leverage.py baseline.h5 --program MEP --program RIE -o two.svg

Programs stand in the order of their medians, the portfolio last. --output draws another output over the
horizon.
"""

import sys

import numpy as np

import fulcrum
import style

SPAN = (0.05, 0.25, 0.5, 0.75, 0.95)


def rows(data, output, programs):
    """(program, its five quantiles) from the highest median to the lowest; programs without one, and the
    portfolio, last."""
    table = fulcrum.find(data, output, "quantile").sel(quantile=list(SPAN))
    for program in programs or []:
        fulcrum.check(data, "program", program)
    listed = [(key, table.sel(program=key).values) for key in programs or data.program.values.tolist()]
    return sorted(listed, key=lambda row: (row[0] == "portfolio", not np.isfinite(row[1][2]), -row[1][2]))


def scale(axes, values, sheet, output):
    """Logarithmic where all is above zero and the largest is more than 15 times the smallest."""
    values = values[np.isfinite(values)]
    if values.size and values.min() > 0 and values.max() / values.min() > 15:
        axes.set_xscale("log")
        low, high = values.min() * 0.85, values.max() * 1.18
        axes.set_xlim(low, high)
        style.logarithmic(axes.xaxis, (low, high))
        return
    if values.size and values.min() >= 0:
        axes.set_xlim(left=0)
    sheet.scale(axes.xaxis, output)


def draw(data, options, sheet):
    """The figure."""
    name = (options.output or ["leverage_ratio"])[-1]
    own, output, member, year = fulcrum.parse(data, name)
    if own or fulcrum.find(data, name).dims != ("program",):
        raise fulcrum.Refused(f"{name} is not one number a program; try leverage_ratio, npv or federal/2030")
    listed = rows(data, name, options.program)
    figure, axes = sheet.figure(7.6, 0.4 * len(listed) + 1.7)
    people = fulcrum.names(data, "program", sheet.lang)
    for row, (program, values) in enumerate(listed):
        if not np.isfinite(values[2]):
            axes.annotate(sheet.say("  no such money in this study", "  本研究中无此资金"), (0, row), va="center",
                          xycoords=("axes fraction", "data"), fontsize=8, color=style.GREY)
            continue
        style.span(axes, row, *values, colour=style.ORANGE if program == "portfolio" else style.BLUE)
        axes.annotate(sheet.number(values[2], output), (values[2], row), xytext=(0, 6.5), ha="center",
                      textcoords="offset points", fontsize=8)
    axes.set_yticks(range(len(listed)), [style.wrap(people[key], 3.0, 9) for key, _ in listed])
    axes.set_ylim(len(listed) - 0.4, -0.7)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    scale(axes, np.array([values for _, values in listed]), sheet, output)
    what, unit = style.called(data, sheet, output, member)
    when = sheet.say(f" in FY{year}", f"（{year} 财年）") if year else ""
    axes.set_xlabel(sheet.say(f"{what} ({unit})", f"{what}（{unit}）"))
    sheet.title(figure, sheet.say(f"By program: {what}{when}", f"各项目：{what}{when}"))
    sheet.caption(figure, data, sheet.say(
        "Mark and number: median. Thick bar: the middle 50 % of possible futures, thin line: 90 %.",
        "竖线与数字：中位数。粗条：居中 50% 的可能情形；细线：居中 90%。"),
        sheet.say("Logarithmic scale.", "对数刻度。") if axes.get_xscale() == "log" else "")
    return figure


def main(arguments=None):
    """The command."""
    made = style.parser(__file__, __doc__, output="output to draw, such as benefit_cost_ratio, npv or "
                        "federal/2030 (default leverage_ratio)",
                        program="only this program; repeatable (default all)")
    return style.main(made, ("run",), draw, arguments)


if __name__ == "__main__":
    sys.exit(main())
