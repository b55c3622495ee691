#!/usr/bin/env python3
"""How many units live, draw federal money, and stand on their own, by fiscal year.

    python3 analysis/survival.py baseline.h5 -o survival.png
    python3 analysis/survival.py baseline.h5 --program MFGUSA --program RIE --lang zh -o two.pdf

One panel a program (a unit is a center, institute or engine). Below each name: the share of all units ever
started that survive the horizon, and that live without federal money in its last year.
"""

import math
import sys

import fulcrum
import style


def chosen(data, programs):
    """The programs to draw: those that ever have units, the portfolio last."""
    for program in programs or []:
        fulcrum.check(data, "program", program)
    return programs or [key for key in data.program.values.tolist()
                        if float(data.active_maximum.sel(program=key).max()) > 0]


def panel(axes, data, program, sheet):
    """Curves and bands of one program."""
    years = data.fiscal_year.values
    for output, colour, line in (("active", style.BLUE, "-"), ("funded", style.GREY, ":"),
                                 ("self_sustaining", style.ORANGE, "-")):
        name = f"{program}/{output}"
        if output != "funded":
            quantile = fulcrum.find(data, name, "quantile")
            axes.fill_between(years, quantile.sel(quantile=0.05), quantile.sel(quantile=0.95), color=colour,
                              alpha=0.2, linewidth=0)
        axes.plot(years, fulcrum.find(data, name), color=colour, linestyle=line, linewidth=1.8)
    axes.set_ylim(bottom=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.get_major_locator().set_params(integer=True)
    people = fulcrum.names(data, "program", sheet.lang)[program]
    last = int(years[-1])
    live, stand = (float(fulcrum.find(data, f"{program}/{output}"))
                   for output in ("survival_share", "self_sustaining_share"))
    axes.set_title("\n".join([style.wrap(people, 2.7, 9.5), sheet.say(
        f"FY{last}: {sheet.share(live)} survive, {sheet.share(stand)} on their own",
        f"{last} 财年：存续 {sheet.share(live)}，自立 {sheet.share(stand)}")]), fontsize=8)


def draw(data, options, sheet):
    """The figure."""
    programs = chosen(data, options.program)
    columns = min(len(programs), 4)
    rows = math.ceil(len(programs) / columns)
    figure, grid = sheet.figure(max(2.9 * columns, 5.5), 2.1 * rows + 1.3, rows, columns, squeeze=False)
    for number, axes in enumerate(grid.flat):
        if number < len(programs):
            panel(axes, data, programs[number], sheet)
        else:
            axes.set_visible(False)
    for row in grid:
        row[0].set_ylabel(sheet.say("number of units", "机构数"))
    handles = [style.line(style.BLUE), style.line(style.GREY, ":"), style.line(style.ORANGE)]
    figure.legend(handles, [sheet.say("active", "存续"), sheet.say("with federal money", "受资助"),
                            sheet.say("self-sustaining", "自立")],
                  loc="upper right", ncol=3)
    sheet.title(figure, sheet.say("Units that survive and that stand on their own", "机构的存续与自立"))
    sheet.caption(figure, data, sheet.say(
        "Lines: means over possible futures. Bands: 90 % of futures. Percentages: means, of all units ever "
        "started.", "线：各情形均值。带：90% 的可能情形。百分比：占全部启动机构的均值。"))
    return figure


def main(arguments=None):
    """The command."""
    made = style.parser(__file__, __doc__, program="only this program; repeatable (default all with units)")
    return style.main(made, ("run",), draw, arguments)


if __name__ == "__main__":
    sys.exit(main())
