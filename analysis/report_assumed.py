"""What a study assumes: its uncertain numbers in words, where each comes from, and its references."""

import re

import fulcrum
from report_page import Table, code, paragraph, text

# kind of source: (how it is called, what it means), in English and Chinese
KINDS = {
    "read": (("read", "had from a published source, named in brackets"), ("文献", "出自已发表的文献，方括号内为其编号")),
    "derived": (("derived", "arithmetic on such figures"), ("推算", "由上述数字推算")),
    "recalled": (("recalled", "from memory, no source found; the range is widened"), ("记忆", "凭记忆，未找到出处，区间已放宽")),
    "judgement": (("judgement", "a range somebody chose, wholly or in part: what to doubt first"),
                  ("判断", "全部或部分由人判断选定的区间：最应存疑")),
    "none": (("no source", "the program's default, or a number that nobody vouches for"), ("无来源", "程序默认值，或无人担保的数字")),
}


def kind_of(source):
    """What a source rests on; judgement wherever the word is."""
    low = source.lower()
    for word in ("judgement", "recalled", "derived"):
        if word in low:
            return word
    return "read" if "[" in source else "judgement" if source else "none"


def mark(kind, sheet):
    """The kind as a label."""
    return f'<span class="mark {kind}">{text(KINDS[kind][sheet.lang == "zh"][0])}</span>'


def inherited(study, path):
    """The source of the innermost section around a number that has one."""
    node, source = study, ""
    for part in path.split("/"):
        if isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        elif isinstance(node, dict):
            node = next((value for key, value in node.items() if str(key) == part), None)
        else:
            break
        if isinstance(node, dict) and isinstance(node.get("source"), str):
            source = node["source"]
    return source


def numbers(data):
    """[(path, distribution, source, unit, is uncertain)] of every number of the study."""
    study = fulcrum.study(data)
    with fulcrum.load(data.encoding["source"], "study") as group:
        columns = [group[name].values.tolist() for name in ("path", "distribution", "source", "unit")]
    return [(path, law, source or inherited(study, path), unit, not re.fullmatch(r"[-+0-9.e]+", law))
            for path, law, source, unit in zip(*columns)]


def short(number):
    """A number of a study without the tail of its binary form."""
    return f"{float(number):.6g}"


# family: (words in English, in Chinese), of its parameters by name
WORDS = {
    "uniform": ("{min} to {max}, all equally likely", "{min} 至 {max}，均匀"),
    "loguniform": ("{min} to {max}, equally likely by factor", "{min} 至 {max}，对数均匀"),
    "pert": ("{min} to {max}, most likely {mode}", "{min} 至 {max}，最可能 {mode}"),
    "triangular": ("{min} to {max}, most likely {mode}", "{min} 至 {max}，最可能 {mode}"),
    "normal": ("{mean}, give or take {sd} (standard deviation)", "{mean}，标准差 {sd}"),
    "truncated_normal": ("{mean}, give or take {sd}, within {min} to {max}", "{mean}，标准差 {sd}，限于 {min} 至 {max}"),
    "lognormal": ("median {median}, 5 % above {p95}", "中位数 {median}，5% 高于 {p95}"),
}


def in_words(law, sheet):
    """A distribution as people say it; one of another family as it is written."""
    found = re.fullmatch(r"(\w+): \{(.*)\}", law)
    if found:
        pairs = dict(re.findall(r"(\w+): ([-+0-9.e]+)(?:, |$)", found[2]))
        words = WORDS.get(found[1], ("", ""))[sheet.lang == "zh"]
        if words and set(re.findall(r"\{(\w+)\}", words)) <= set(pairs):
            return text(words.format(**{key: short(value) for key, value in pairs.items()}))
    return code(re.sub(r"-?\d+\.\d{7,}", lambda number: short(number[0]), law))


def counts(listed, sheet):
    """How many numbers rest on what."""
    table = Table(sheet.say("Numbers of the study by what they rest on", "研究所用数字及其依据"),
                  [(sheet.say("rests on", "依据"), ""), (sheet.say("uncertain", "不确定"), "number"),
                   (sheet.say("fixed", "固定"), "number"), (sheet.say("meaning", "含义"), "")])
    for kind, words in KINDS.items():
        own = [item[4] for item in listed if kind_of(item[2]) == kind]
        if own:
            table.add(mark(kind, sheet), f"{sum(own):,}", f"{len(own) - sum(own):,}",
                      text(words[sheet.lang == "zh"][1]))
    table.add(sheet.say("all", "合计"), f"{sum(item[4] for item in listed):,}",
              f"{sum(not item[4] for item in listed):,}", "", kind="total")
    return table.html()


def uncertain(data, listed, sheet):
    """A table of the uncertain numbers of each program, and of what is shared."""
    people = fulcrum.names(data, "program", sheet.lang)
    groups = {}
    for path, law, source, unit, is_uncertain in listed:
        parts = path.split("/")
        if is_uncertain:
            owner = parts[1] if parts[0] == "programs" else ""
            groups.setdefault(owner, []).append(("/".join(parts[2:]) if owner else path, law, source, unit))
    made = []
    for owner, rows in groups.items():
        name = people.get(owner, owner) if owner else sheet.say("Shared by all programs", "各项目共用")
        table = Table(sheet.say(f"{name}: uncertain numbers", f"{name}：不确定的数字"),
                      [(sheet.say("number", "数字"), ""), (sheet.say("taken as", "取值"), ""),
                       (sheet.say("source", "来源"), "wrap")], stack=True)
        for path, law, source, unit in rows:
            of_unit = f" <small>({text(unit)})</small>" if unit not in ("", "1") else ""
            table.add(code(path), in_words(law, sheet) + of_unit,
                      f"{mark(kind_of(source), sheet)} {text(re.sub('^judgement(: ?|$)', '', source))}")
        made.append(f"<h3>{text(name)}</h3>\n{table.html()}")
    return "\n".join(made)


def references(data, listed, sheet):
    """The references that the sources of the study name."""
    known = fulcrum.study(data).get("references") or {}
    cited = {key for item in listed for key in re.findall(r"\[(\w+)\]", item[2])}
    table = Table(sheet.say("References named above", "上文引用的文献"),
                  [(sheet.say("id", "编号"), ""), (sheet.say("reference", "文献"), "wrap")], stack=True)
    for key, what in known.items():
        if key in cited:
            table.add(code(f"[{key}]"), text(what))
    return table.html() if table.rows else ""


def summary(listed, sheet):
    """One sentence on what the study rests on."""
    loose = [item for item in listed if item[4]]
    judged = sum(kind_of(item[2]) == "judgement" for item in loose)
    return paragraph(sheet.say(
        f"{len(loose):,} of the {len(listed):,} numbers are uncertain and drawn anew in each possible future; "
        f"{judged:,} of these ({round(100 * judged / max(len(loose), 1))}&#160;%) rest on judgement, wholly or in part. "
        "The spread of the results is what these ranges imply, no more.",
        f"{len(listed):,} 个数字中 {len(loose):,} 个不确定，在每个可能情形中重新抽取；其中 {judged:,} 个"
        f"（{round(100 * judged / max(len(loose), 1))}%）全部或部分依据判断。结果的离散程度即由这些区间而来，仅此而已。"))
