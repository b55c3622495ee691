#!/usr/bin/env python3
"""Fan charts: outputs by fiscal year, with their 50 % and 90 % ranges.

    python3 analysis/fan.py baseline.h5 -o fan.png
    python3 analysis/fan.py baseline.h5 --program MEP --output federal --output match -o mep.pdf
    python3 analysis/fan.py baseline.h5 --output MEP/outcome_gross/jobs --lang zh -o jobs.svg

Each output has a panel; panels of one unit share their scale. Without --output: federal money, match and own
revenue of the portfolio.
"""

import math
import sys

import fulcrum
import labels
import style

COLOURS = {"federal": style.BLUE, "match": style.ORANGE, "own_revenue": style.GREEN}


def chosen(data, options):
    """(full name, parts) of the outputs to draw."""
    listed = []
    for name in options.output or ["federal", "match", "own_revenue"]:
        own, output, member, year = fulcrum.parse(data, name)
        for program in [own] if own else options.program or ["portfolio"]:
            full = "/".join(part for part in (program, output, member) if part)
            fulcrum.check(data, "program", program)
            if year or fulcrum.find(data, full).dims != ("fiscal_year",):
                raise fulcrum.Refused(f"{full} is not one number a fiscal year; try "
                                      "federal, match, active or outcome_gross/<outcome>")
            listed.append((full, program, output, member))
    return listed


def panel(axes, data, sheet, item, one_program):
    """One output of one program."""
    full, program, output, member = item
    quantile = fulcrum.find(data, full, "quantile")
    style.fan(axes, data.fiscal_year.values, lambda p: quantile.sel(quantile=p).values,
              COLOURS.get(output, style.BLUE))
    people = fulcrum.names(data, "program", sheet.lang)[program]
    name, unit = style.called(data, sheet, output, member)
    between = "：" if sheet.lang == "zh" else ": "
    axes.set_title(style.wrap(name if one_program else f"{people}{between}{name}", 3.4, 9.5))
    axes.set_ylabel(unit)
    sheet.scale(axes.yaxis, output)
    sheet.scale(axes.xaxis, "fiscal_year")
    return unit


def draw(data, options, sheet):
    """The figure."""
    items = chosen(data, options)
    programs = {item[1] for item in items}
    columns = min(len(items), 3)
    rows = math.ceil(len(items) / columns)
    figure, grid = sheet.figure(max(3.5 * columns, 5.5), 2.9 * rows + 0.9, rows, columns, squeeze=False)
    used = list(grid.flat)[:len(items)]
    units = [panel(axes, data, sheet, item, len(programs) == 1) for axes, item in zip(used, items)]
    for axes in list(grid.flat)[len(items):]:
        axes.set_visible(False)
    for axes in used:
        axes.set_xlabel(sheet.say("fiscal year", "财年"))
    share_scale(used, units)
    people = fulcrum.names(data, "program", sheet.lang)
    who = sheet.say(", ", "、").join(people[item] for item in dict.fromkeys(item[1] for item in items))
    what = [style.called(data, sheet, item[2], item[3])[0] for item in items] if len(programs) == 1 else []
    between = sheet.say(", ", "、").join(what) if what else sheet.say("by fiscal year", "按财年")
    sheet.title(figure, sheet.say(f"{who}: {between}", f"{who}：{between}"))
    sheet.caption(figure, data, sheet.say(
        "Line: median of each year. Dark band: the middle 50 % of possible futures, light band: 90 %. Each "
        "year's band stands for itself: no single future need run along an edge.",
        "线：各财年中位数。深色带：居中 50% 的可能情形；浅色带：居中 90%。各财年分别计算，单一情形未必沿边缘延伸。"))
    return figure


def share_scale(used, units):
    """Panels of one unit have one scale, which begins at zero where nothing is negative."""
    for unit in set(units):
        group = [axes for axes, other in zip(used, units) if other == unit]
        low = min(axes.get_ylim()[0] for axes in group)
        least = min(collection.get_datalim(axes.transData).y0 for axes in group
                    for collection in axes.collections)
        high = max(axes.get_ylim()[1] for axes in group)
        for axes in group:
            axes.set_ylim(0 if least >= 0 else low, high)


def main(arguments=None):
    """The command."""
    made = style.parser(__file__, __doc__,
                        output="output by fiscal year, such as federal or MEP/outcome_gross/jobs; repeatable",
                        program="program, where --output names none (default portfolio); repeatable")
    return style.main(made, ("run",), draw, arguments)


if __name__ == "__main__":
    sys.exit(main())
