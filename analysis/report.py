#!/usr/bin/env python3
"""A report on a result: one HTML file with pictures, tables, sources and how to make it again.

    python3 analysis/report.py baseline.h5 -o report.html
    python3 analysis/report.py baseline.h5 --with compare.h5 --with drivers.h5 -o report.html
    python3 analysis/report.py baseline.h5 --lang zh --title '制造业创新网络退坡' -o report_zh.html

--with adds a section for a file of fulcrum compare, sensitivity, sweep, voi or hindcast, or of kept samples. The
page holds everything it needs, asks for nothing from elsewhere, runs no script, and is laid out for screens, phones
and A4 paper. Equal files give equal bytes with the same matplotlib.
"""

import argparse
import os
import sys

import fulcrum
import report_assumed as assumed
import report_sections as sections
import style
from report_page import Page, block, paragraph, text

MORE = ("compare", "sensitivity", "sweep", "voi", "hindcast", "samples")


def command_of(data):
    """The command that gives this result again, from its own study."""
    attrs = data.attrs
    design = {"Monte Carlo": "", "Latin hypercube": " --design lhs"}.get(attrs["design"], " --design sobol")
    return f"fulcrum run study.yaml -n {attrs['samples']} --seed {attrs['seed']}{design} -o again.h5"


def again(data, path, sheet):
    """How to make the result again and check it."""
    name = os.path.basename(path)
    attrs = data.attrs
    commands = "\n".join((
        f"fulcrum verify {name}",
        f"python3 -c \"import h5py; print(h5py.File('{name}')['study/resolved'][()].decode(), end='')\" > study.yaml",
        "sha256sum study.yaml",
        command_of(data),
        f"fulcrum diff {name} again.h5",
        f"fulcrum export {name} --table study -o sources.csv"))
    pairs = [(sheet.say("study", "研究"), attrs["title"]), (sheet.say("SHA-256 of the study", "研究的 SHA-256"),
                                                          attrs["study_sha256"]),
             (sheet.say("samples", "样本数"), f"{attrs['samples']:,}"), (sheet.say("seed", "种子"), attrs["seed"]),
             (sheet.say("points", "抽样点"), attrs["design"]), (sheet.say("program", "程序"), attrs["source"]),
             (sheet.say("file", "文件"), name)]
    return [paragraph(sheet.say(
        "The result is a function of the study, the seed and the number of samples, to the last bit, on any machine and "
        "number of ranks. The file holds the whole study; the first command computes parts of it again and compares bits, "
        "the next ones take the study out (its SHA-256 is the one below), run it and compare; the last writes every number "
        "with its source.",
        "结果是研究、种子与样本数的函数，在任何机器与进程数上逐位相同。文件内含完整研究；第一条命令重算部分样本并逐位比较，"
        "随后取出研究（其 SHA-256 如下）、重新运行并比较；最后一条写出每个数字及其来源。")),
            block(commands), sections.facts_of(pairs)]


def build(data, path, others, title, sheet):
    """The page of a result and of other files, [(path, data)]."""
    page = Page(sheet.lang, title, sheet.say("Contents", "目录"))
    listed = assumed.numbers(data)
    say = sheet.say
    page.add(say("In short", "要点"), sections.in_short(data, [other for _, other in others], sheet), assumed.summary(listed, sheet))
    for other_path, other in sorted(others, key=lambda item: MORE.index(item[1].attrs["kind"])):
        english, chinese, section = sections.OTHERS[other.attrs["kind"]]
        page.add(say(english, chinese), *section(other, sheet), made_from(other, other_path, data, sheet))
    page.add(say("What a federal dollar moves", "每 1 美元联邦资金带动多少"), *sections.by_program(data, sheet))
    page.add(say("By fiscal year", "按财年"), *sections.by_year(data, sheet))
    page.add(say("Who survives", "机构存续"), *sections.survival(data, sheet))
    page.add(say("Targets", "目标"), sections.targets(data, sheet))
    page.add(say("What was assumed", "所作假设"), assumed.summary(listed, sheet), assumed.counts(listed, sheet))
    page.add(say("How precise it is", "精度"), *sections.precision(data, sheet))
    page.add(say("How to make it again", "如何重现"), *again(data, path, sheet))
    page.add(say("Every uncertain number and its source", "全部不确定数字及其来源"), assumed.uncertain(data, listed, sheet),
             assumed.references(data, listed, sheet), appendix=True)
    foot = paragraph(say(f"Made by {text(data.attrs['source'])} and analysis/report.py from {text(os.path.basename(path))}.",
                         f"由 {text(data.attrs['source'])} 与 analysis/report.py 据 {text(os.path.basename(path))} 生成。"))
    return page.html("\n".join(sections.opening(data, title, sheet)), foot)


def made_from(data, path, result, sheet):
    """The file of a section, its samples, and its study where that is another one."""
    attrs = data.attrs
    samples = f"{int(attrs['samples']):,}" if "samples" in attrs else ""
    title = (attrs.get("title_zh") if sheet.lang == "zh" else "") or attrs["title"]
    other = "" if attrs["study_sha256"] == result.attrs["study_sha256"] else sheet.say(
        f"<strong>It is of another study</strong>: {text(title)}, <code>{attrs['study_sha256'][:12]}</code>.",
        f"<strong>出自另一研究</strong>：{text(title)}，<code>{attrs['study_sha256'][:12]}</code>。")
    return paragraph(sheet.say(
        f"From {text(os.path.basename(path))}" + (f": {samples} samples, seed {text(attrs['seed'])}." if samples else "."),
        f"据 {text(os.path.basename(path))}" + (f"：{samples} 个样本，种子 {text(attrs['seed'])}。" if samples else "。")),
        other, kind="note")


def load(path, kinds):
    """A file of one of these kinds."""
    data = fulcrum.load(path)
    kind = data.attrs["kind"]
    if kind not in kinds:
        data.close()
        wanted = "the result of fulcrum run" if kinds == ("run",) else f"a file of {', '.join(kinds)}"
        raise fulcrum.Refused(f"{path}: of fulcrum {kind}; {wanted} is needed here"
                              + ("; give this one behind --with" if kind in MORE and kinds == ("run",) else ""))
    return data


def parser():
    """The command line."""
    made = argparse.ArgumentParser(prog="report.py", description=__doc__, allow_abbrev=False,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("file", help="result of fulcrum run")
    made.add_argument("-o", dest="page", metavar="PAGE.html", default="report.html",
                      help="page to write (default report.html)")
    made.add_argument("--with", dest="others", action="append", metavar="FILE.h5", default=[],
                      help="a further file: compare, sensitivity, sweep, voi, hindcast, samples; repeatable")
    made.add_argument("--title", help="title of the page (default: the study's)")
    made.add_argument("--lang", choices=("en", "zh"), default="en", help="language of the page")
    return made


def main(arguments=None):
    """Read the files, write the page aside, put it in its place; the exit code."""
    options = parser().parse_args(arguments)
    opened = []
    try:
        data = load(options.file, ("run",))
        opened.append(data)
        others = [(path, load(path, MORE)) for path in options.others]
        opened += [other for _, other in others]
        sheet = style.Sheet(options.lang)
        own = data.attrs.get("title_zh") if options.lang == "zh" else data.attrs["title"]
        made = build(data, options.file, others, options.title or own or data.attrs["title"], sheet)
        with open(f"{options.page}.partial", "w", encoding="utf-8") as file:
            file.write(made)
        os.replace(f"{options.page}.partial", options.page)
    except (fulcrum.Refused, OSError) as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 1
    finally:
        for one in opened:
            one.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
