#!/usr/bin/env python3
"""What is worth knowing before a choice among policies, in money, beside perfect information.

    python3 analysis/voi.py baseline_voi.h5 -o voi.png
    python3 analysis/voi.py baseline_voi.h5 --top 5 --lang zh -o voi.pdf

Three panels: what one would choose by what is known today; groups of quantities known beforehand; one quantity known
beforehand. The dashed line through the last two is everything known, chance too (EVPI). What is worth most stands
first; what is worth nothing is left out.
"""

import sys

import numpy as np

import fulcrum
import labels
import sensitivity
import style

# Groups that the program itself offers, by their patterns; of a program or a section of all programs, see `called`.
GROUPS = {"*": ("all quantities, but not chance", "全部参数（不含随机冲击）"),
          "macro/*": ("macro-economy", "宏观经济"), "accounts/*": ("accounts", "核算参数")}
SECTIONS = {"budget": ("budgets", "预算"), "match": ("match", "配套"), "revenue": ("own revenue", "自有收入"),
            "cost": ("cost", "成本"), "outcomes": ("outcomes", "成果"), "units": ("units", "机构"),
            "taper": ("taper", "退坡")}
EVERYTHING = None  # the key of a row that is no group


def called(data, sheet, axis, key):
    """What to call a quantity or a group."""
    if axis == "quantity":
        return sensitivity.called(data, sheet, key, "")
    patterns = data.group_patterns.sel(group=key).item()
    if patterns in GROUPS and key in ("all", patterns.partition("/")[0]):
        return sheet.say(*GROUPS[patterns])
    if patterns == f"programs/*/{key}/*":
        kind = sheet.say(*SECTIONS.get(key, (key.replace("_", " "), key)))
        return sheet.say(f"{kind}: all programs", f"{kind}（全部项目）")
    if patterns == f"programs/{key}/*":
        return fulcrum.names(data, "program", sheet.lang).get(key, key)
    return key.replace("_", " ")


def wanted(data, sheet):
    """The utility in words, where it is one output of the horizon, else as it was written."""
    program, _, output = data.attrs["utility"].partition("/")
    people = fulcrum.names(data, "program", sheet.lang)
    if program not in people or output not in labels.OUTPUTS:
        return sheet.say("Utility: ", "效用：") + data.attrs["utility"]
    return f"{people[program]}{sheet.say(': ', '：')}{labels.output_name(output, sheet.lang)}"


def estimates(data, axis, top):
    """Those that are worth something, the most first: [(key, worth, low, high, change)]. Of an interval a value below
    0 says no more than 0 does."""
    if axis not in data.dims:
        return []
    front = "group_" if axis == "group" else ""
    parts = [np.maximum(data[f"{front}evppi{end}"].values, 0) for end in ("", "_low", "_high")]
    change = data[f"{front}change"].values
    order = [row for row in np.argsort(-np.nan_to_num(parts[0]), kind="stable") if parts[0][row] > 0]
    return [(data[axis].values[row], *(float(part[row]) for part in parts), float(change[row]))
            for row in order[:top]]


def rows(axes, count, names):
    """A panel of so many rows, the first on top."""
    axes.set_ylim(count - 0.4, -0.6)
    axes.set_yticks(range(count), [style.wrap(name, 3.5, 9) for name in names])
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)


def beside(axes, row, text):
    """A note at the right of a row."""
    axes.annotate(text, (1.01, row), xycoords=("axes fraction", "data"), fontsize=7.5, va="center")


def choice_panel(axes, data, sheet):
    """How far each alternative is ahead of the base, and how often it is the best."""
    people = fulcrum.names(data, "alternative", sheet.lang)
    best = data.attrs["best"]
    order = data.alternative.values[np.argsort(-data.utility.values, kind="stable")]
    for row, key in enumerate(order):
        one = data.sel(alternative=key)
        value, low, high = (float(one[f"utility_difference{end}"]) for end in ("", "_low", "_high"))
        style.bar(axes, row, value, low, high, style.BLUE if key == best else style.GREY)
        share = sheet.share(float(one.best_share))
        chosen = sheet.say("the choice, ", "首选，") if key == best else ""
        ahead = "0" if value == 0 else ("+" if value > 0 else "") + sheet.number(value)
        beside(axes, row, sheet.say(f"{ahead}\n{chosen}best in {share}", f"{ahead}\n{chosen}{share} 最佳"))
    rows(axes, len(order), [people[key] for key in order])
    axes.axvline(0, color=style.BLACK, linewidth=0.9)
    axes.margins(x=0.06)
    axes.set_title(style.wrap(sheet.say("Chosen by what is known today. ", "就目前所知的选择。")
                              + wanted(data, sheet), 5.4, 9.5))
    axes.set_xlabel(sheet.say("mean less that of the base (USD million)", "均值与基准之差（百万美元）"))
    sheet.scale(axes.xaxis, "")


def worth_panel(axes, data, sheet, axis, listed):
    """What knowing each is worth; first among groups, everything."""
    perfect = [float(data[f"evpi{end}"]) for end in ("", "_low", "_high")]
    axes.axvspan(*perfect[1:], color=style.GREY, alpha=0.15, linewidth=0)
    axes.axvline(perfect[0], color=style.BLACK, linewidth=1, linestyle=(0, (4, 3)))
    names = []
    for row, (key, worth, low, high, change) in enumerate(listed):
        whole = axis == "group" and key is EVERYTHING
        colour = style.AMBER if whole else style.GREEN if axis == "group" else style.BLUE
        style.bar(axes, row, worth, low, high, colour)
        names.append(sheet.say("everything, chance too", "一切（含随机冲击）") if whole else
                     called(data, sheet, axis, key))
        share = sheet.share(change)
        beside(axes, row, sheet.say(f"{sheet.number(worth)}\nother choice in {share}",
                                    f"{sheet.number(worth)}\n{share} 另作选择"))
    rows(axes, len(listed), names)
    axes.set_title(sheet.say("A group of quantities known before the choice", "选择前已知一组参数") if axis == "group" else
                   sheet.say("One quantity known before the choice", "选择前已知一个参数"))
    axes.set_xlabel(sheet.say("worth (USD million)", "价值（百万美元）"))
    axes.set_xlim(0, 1.06 * max([perfect[2], *(high for _, _, _, high, _ in listed if np.isfinite(high))]))
    sheet.scale(axes.xaxis, "")
    return names


def draw(data, options, sheet):
    """The figure."""
    if options.top < 1:
        raise fulcrum.Refused("--top: at least 1")
    perfect = tuple(float(data[f"evpi{end}"]) for end in ("", "_low", "_high"))
    panels = [("group", [(EVERYTHING, *perfect, float(data.evpi_change)), *estimates(data, "group", options.top)]),
              ("quantity", estimates(data, "quantity", options.top))]
    panels = [(axis, listed) for axis, listed in panels if listed and perfect[0] > 0]
    heights = [data.sizes["alternative"], *(len(listed) for _, listed in panels)]
    figure, grid = sheet.figure(9.2, 0.4 * sum(heights) + 0.75 * len(heights) + 1.2, len(heights), 1, squeeze=False,
                                gridspec_kw={"height_ratios": [height + 0.6 for height in heights]})
    choice_panel(grid[0][0], data, sheet)
    for (axis, listed), (axes,) in zip(panels, grid[1:]):
        worth_panel(axes, data, sheet, axis, listed)
        axes.set_xlim(0, max(grid[1][0].get_xlim()[1], axes.get_xlim()[1]))
    sheet.title(figure, sheet.say(f"What is worth knowing before choosing among {heights[0]} alternatives",
                                  f"在 {heights[0]} 个方案中选择之前，知道什么最有价值"))
    caption(figure, data, sheet, panels, perfect)
    return figure


def caption(figure, data, sheet, panels, perfect):
    """What the bars mean, and what is not shown."""
    learned, valued = (f"{data.attrs[f'samples_{part}']:,}" for part in ("learned", "valued"))
    sentences = [sheet.say("Thin lines: 95 % intervals of the sampling. Best in: share of futures in which no other "
                           "is better.", "细线：95% 抽样区间。最佳：没有其他方案更好的情形占比。")]
    if panels:
        sentences.append(sheet.say(
            f"Dashed line and grey band: everything known (perfect information), {sheet.number(perfect[0])}. Worth: "
            f"mean gain from choosing by rules learned on {learned} samples and valued on {valued} others, so at "
            f"least this much but for chance; values do not add up.",
            f"虚线与灰带：知道一切（完全信息）的价值，{sheet.number(perfect[0])}。价值：按 {learned} 个样本学得的规则选择，"
            f"在另外 {valued} 个样本上的平均收益，因而除抽样误差外是下限；各项价值不可相加。"))
        sentences.append(left_out(data, sheet, dict(panels).get("quantity", [])))
    else:
        sentences.append(sheet.say("There is nothing to learn: the choice is the best in every sample.",
                                   "无需再了解：该方案在每个样本中都最佳。"))
    sheet.caption(figure, data, *sentences)


def left_out(data, sheet, listed):
    """How many quantities are not shown, and why."""
    if "quantity" not in data.dims:
        return ""
    exactly, none = (int(np.sum(which)) for which in (data.reaching == 0, (data.reaching > 0) & (data.change == 0)))
    more = data.sizes["quantity"] - exactly - none - len(listed)
    less = sheet.say(f"{more} are worth less, ", f"{more} 个价值更低，") if more else ""
    return sheet.say(f"Of the other quantities {less}{none} change no choice by these rules, and {exactly} reach no "
                     f"difference between the policies.",
                     f"其余参数中，{less}{none} 个按这些规则不改变选择，{exactly} 个不影响方案之差。")


def main(arguments=None):
    """The command."""
    made = style.parser(__file__, __doc__)
    made.add_argument("--top", type=int, default=8, metavar="N",
                      help="how many quantities, and how many groups (default 8)")
    return style.main(made, ("voi",), draw, arguments)


if __name__ == "__main__":
    sys.exit(main())
