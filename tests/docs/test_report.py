#!/usr/bin/env python3
"""analysis/report.py: the page says what the files say, stands on its own, and looks right in a real browser."""

import html
import html.parser
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stderr

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "analysis")]

import chromium  # noqa: E402
import fulcrum  # noqa: E402
import report  # noqa: E402
import report_assumed  # noqa: E402
import style  # noqa: E402

PROGRAM = os.path.join(ROOT, os.environ.get("BUILD", "build/current"), "fulcrum")
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
CHINESE = any(os.path.basename(path).startswith("NotoSansCJK") for path in style.font_manager.findSystemFonts())
FILES = {}
# Names that HTML would trip over, an outcome of its own, a target.
TEXT = """\
fulcrum: 1
title: Centers & "hubs" <2025>
title_zh: 中心与枢纽
horizon: {base_year: 2025, years: 6}
macro: {inflation: {mean: 0.023}, discount_rate: 0.03, source: "judgement"}
programs:
  CENTERS:
    name: Centers <b>R&D</b>
    name_zh: 研发中心
    instrument: grant
    source: "judgement: invented"
    budget: {mode: share, plan: {2025: 40}, growth: {uniform: {min: 0, max: 0.04}}, volatility: 0.05, admin: 0.1}
    units: {cohorts: [{start: 2015, count: 20}], size_dispersion: 0.4}
    match:
      required: 1.0
      sources: {state: {name: States, name_zh: 各州, ratio: {pert: {min: 0.5, mode: 0.8, max: 1.2}, source: "[R1] asked"}, volatility: 0.15}}
    cost: {ratio: 2.2, minimum_service: 0.6, credit: 0.25}
    outcomes: {new_sales: {name: New sales, name_zh: 新增销售额, unit: USD million, multiplier: {lognormal: {median: 10, p95: 20}, source: "recalled"}, driver: federal}}
targets: [{output: CENTERS/lapse_rate, at_most: 0.05, name: 'Little lapses & "stays"', name_zh: 失效资金很少}]
references: {R1: "A survey, https://example.org/a?b=1&c=2"}
"""


def run(*words):
    """The program in the folder of this test."""
    subprocess.run([PROGRAM, *words, "-q"], check=True, capture_output=True, cwd=FILES["folder"])


def place(name):
    """A path in that folder."""
    return os.path.join(FILES["folder"], name)


def setUpModule():
    folder = tempfile.TemporaryDirectory(prefix="fulcrum-report-")
    unittest.addModuleCleanup(folder.cleanup)
    FILES["folder"] = folder.name
    with open(place("own.yaml"), "w", encoding="utf-8") as file:
        file.write(TEXT)
    with open(place("half.yaml"), "w", encoding="utf-8") as file:
        file.write("base: own.yaml\nname: Half & half\nname_zh: 减半\nset: {programs/CENTERS/match/required: 0.5}\n")
    run("run", "own.yaml", "-n", "960", "--samples", "-o", "run.h5")
    run("run", "own.yaml", "--until", "CENTERS/leverage_ratio mean 5%", "-o", "until.h5")
    run("compare", "own.yaml", "half.yaml", "-n", "960", "--margin", "CENTERS/lapse_rate=0.01", "-o", "compare.h5")
    run("sensitivity", "own.yaml", "-n", "384", "-o", "drivers.h5")
    run("sweep", "own.yaml", "--lever", "programs/CENTERS/match/required=0.5:2:3", "--break-even", "CENTERS/leverage_ratio=1.3",
        "-n", "384", "-o", "sweep.h5")
    run("voi", "own.yaml", "half.yaml", "-n", "1920", "-o", "voi.h5")
    run("hindcast", os.path.join(ROOT, "inputs/hindcast/mep_1998.yaml"), os.path.join(ROOT, "inputs/hindcast/mep_1998.csv"),
        "-n", "192", "-o", "scores.h5")
    more = [word for name in ("compare", "drivers", "sweep", "voi", "scores", "run.samples")
            for word in ("--with", place(f"{name}.h5"))]
    FILES["en"], FILES["zh"], FILES["more"] = place("en.html"), place("zh.html"), more
    if report.main([place("run.h5"), *more, "-o", FILES["en"]]):
        raise AssertionError("no report")
    if CHINESE and report.main([place("until.h5"), *more[:4], "--lang", "zh", "-o", FILES["zh"]]):
        raise AssertionError("no Chinese report")


class Reader(html.parser.HTMLParser):
    """What a page is made of."""

    VOID = ("meta", "link", "img", "br", "wbr")

    def __init__(self, path):
        super().__init__()
        self.open, self.tags, self.texts, self.headings, self.rows = [], [], [], [], []
        with open(path, encoding="utf-8") as file:
            self.source = file.read()
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append([int(tag[1]), ""])

    def handle_endtag(self, tag):
        if self.open.pop() != tag:
            raise AssertionError(f"{tag} closes another element, at {self.getpos()}")

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.texts.append(data)
        if {"th", "td"} & set(self.open):
            self.rows[-1][-1] += data
        if self.open and re.fullmatch("h[1-6]", self.open[-1]):
            self.headings[-1][1] += data

    def row(self, *begin):
        """The cells of the first row that begins with these."""
        return next(row for row in self.rows if tuple(row[:len(begin)]) == begin)

    def said(self):
        """All of the text, blanks made one."""
        return re.sub(r"\s+", " ", "".join(self.texts))


class Page(unittest.TestCase):
    def pages(self):
        return [Reader(FILES[lang]) for lang in ("en", "zh") if lang == "en" or CHINESE]

    def test_a_page_stands_on_its_own(self):
        for page in self.pages():
            self.assertEqual(page.open, [])
            for tag, attrs in page.tags:
                self.assertNotIn(tag, ("script", "iframe", "object", "form"))
                for name in ("src", "href", "srcset"):
                    self.assertRegex(attrs.get(name, "#"), r"^(#|data:)")
            self.assertNotRegex(page.source.split("</style>", maxsplit=1)[0], r"@import|url\(")
            self.assertLess(len(page.source), 4_000_000)

    def test_headings_tables_and_pictures_say_what_they_are(self):
        for page in self.pages():
            levels = [level for level, _ in page.headings]
            self.assertEqual(levels.count(1), 1)
            self.assertTrue(all(after <= before + 1 for before, after in zip(levels, levels[1:])))
            self.assertTrue(all(text.strip() for _, text in page.headings))
            images = [attrs for tag, attrs in page.tags if tag == "img"]
            self.assertGreater(len(images), 5)
            self.assertTrue(all(len(attrs["alt"]) > 10 for attrs in images))
            self.assertTrue(all(attrs.get("scope") in ("col", "row") for tag, attrs in page.tags if tag == "th"))
            tables = sum(tag == "table" for tag, _ in page.tags)
            self.assertEqual(tables, sum(tag == "caption" for tag, _ in page.tags))
            ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
            self.assertEqual(len(ids), len(set(ids)))
            self.assertTrue({attrs["href"][1:] for tag, attrs in page.tags if tag == "a"} <= set(ids))
        self.assertIn('<html lang="en">', Reader(FILES["en"]).source)

    def test_every_kind_of_file_has_its_section(self):
        found = [text for _, text in Reader(FILES["en"]).headings]
        for heading in ("In short", "What policies change", "What drives it", "Levers moved", "What is worth knowing first",
                        "Held against history", "How the estimate settled", "What a federal dollar moves", "By fiscal year",
                        "Who survives", "Targets", "What was assumed", "How precise it is", "How to make it again",
                        "Every uncertain number and its source"):
            self.assertIn(heading, found)

    def test_numbers_are_those_of_the_file(self):
        page, sheet = Reader(FILES["en"]), style.Sheet("en")
        with fulcrum.load(place("run.h5")) as data:
            quantile = fulcrum.find(data, "CENTERS/leverage_ratio", "quantile")
            low, middle, high = (sheet.number(float(quantile.sel(quantile=p))) for p in (0.05, 0.5, 0.95))
            self.assertIn(f"{middle}{low} to {high}", page.row("Centers <b>R&D</b>")[1])
            met, least, most = (sheet.share(float(data[f"target_{part}"][0])) for part in ("probability", "low", "high"))
            self.assertEqual(page.row('Little lapses & "stays"')[1:], ["CENTERS/lapse_rate ≤ 5\N{NO-BREAK SPACE}%",
                                                                     f"{met} ({least} to {most})"])
            year = page.row("2027")
            self.assertEqual(year[1], sheet.number(float(fulcrum.find(data, "portfolio/federal/2027"))))
        with fulcrum.load(place("compare.h5")) as data:
            name, half = "CENTERS/leverage_ratio", data.scenario.values[1]
            row = page.row("Centers <b>R&D</b>: match and own revenue per federal dollar", sheet.number(
                float(fulcrum.find(data, name).sel(scenario=data.scenario.values[0]))))
            told = float(row[3].replace("\N{MINUS SIGN}", "-"))
            error = 1.96 * float(fulcrum.find(data, name, "difference_standard_error").sel(scenario=half))
            self.assertLess(abs(told - float(fulcrum.find(data, name, "difference_mean").sel(scenario=half))), error)
            self.assertEqual(row[5], sheet.share(float(fulcrum.find(data, name, "probability_higher").sel(scenario=half))))

    def test_what_is_assumed_is_told_with_its_source(self):
        page = Reader(FILES["en"])
        self.assertEqual(page.row("budget/growth")[1:], ["0 to 0.04, all equally likely (per year)", "judgement invented"])
        self.assertEqual(page.row("match/sources/state/ratio")[2], "read [R1] asked")
        self.assertEqual(page.row("outcomes/new_sales/multiplier")[2], "recalled recalled")
        self.assertEqual(page.row("[R1]")[1], "A survey, https://example.org/a?b=1&c=2")
        self.assertEqual([report_assumed.kind_of(text) for text in ("[A] x; Judgement: y", "[A] x (derived)", "", "asked around")],
                         ["judgement", "derived", "none", "judgement"])
        with fulcrum.load(place("run.h5")) as data:
            listed = report_assumed.numbers(data)
        loose = sum(item[4] for item in listed)
        self.assertEqual(loose, 3)
        self.assertIn(f"{loose} of the {len(listed)} numbers are uncertain", page.said())

    def test_files_of_another_study_are_told(self):
        self.assertEqual(Reader(FILES["en"]).said().count("It is of another study"), 1)  # the hindcast

    def test_the_commands_make_the_result_again(self):
        page = Reader(FILES["en"])
        commands = re.search(r"<pre[^>]*><code>(.*?)</code>", page.source, re.S)[1]
        table = {**os.environ, "PATH": place("bin") + os.pathsep + os.environ["PATH"]}
        os.makedirs(place("bin"), exist_ok=True)
        for name, target in (("fulcrum", PROGRAM), ("python3", PYTHON)):
            if not os.path.exists(place(f"bin/{name}")):
                os.symlink(os.path.abspath(target), place(f"bin/{name}"))
        said = []
        for line in html.unescape(commands).splitlines():
            done = subprocess.run(["bash", "-c", line], cwd=FILES["folder"], env=table, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, f"{line}: {done.stderr}")
            said.append(done.stdout)
        with fulcrum.load(place("run.h5")) as data:
            self.assertTrue(said[2].startswith(data.attrs["study_sha256"]))
        self.assertIn("Equal: all", said[4])

    def test_precision_of_a_run_until_is_told(self):
        if not CHINESE:
            self.skipTest("the font Noto Sans CJK is not there (fonts-noto-cjk)")
        self.assertEqual(Reader(FILES["zh"]).row("CENTERS/leverage_ratio mean 5%")[3], "是")

    def test_chinese_names_come_from_the_file(self):
        if not CHINESE:
            self.skipTest("the font Noto Sans CJK is not there (fonts-noto-cjk)")
        page = Reader(FILES["zh"])
        said = page.said()
        for text in ("中心与枢纽", "研发中心", "失效资金很少", "减半", "每 1 美元联邦资金带动的配套与自有收入", "全部不确定数字及其来源"):
            self.assertIn(text, said)
        self.assertNotIn("futures", said)
        self.assertIn('<html lang="zh-CN">', page.source)

    def test_equal_files_give_equal_pages(self):
        again = place("again.html")
        self.assertEqual(report.main([place("run.h5"), *FILES["more"][:2], "-o", again]), 0)
        first = place("first.html")
        self.assertEqual(report.main([place("run.h5"), *FILES["more"][:2], "-o", first]), 0)
        with open(again, "rb") as a, open(first, "rb") as b:
            self.assertEqual(a.read(), b.read())

    def test_mistakes_are_one_line(self):
        for words, said in (([place("compare.h5")], "give this one behind --with"), ([place("none.h5")], "there is no such file"),
                            ([place("own.yaml")], "cannot be read"),
                            ([place("run.h5"), "--with", place("run.h5")], "a file of compare, sensitivity"),
                            ([place("run.h5"), "-o", place("none/page.html")], "none/page.html")):
            told = io.StringIO()
            with redirect_stderr(told):
                self.assertEqual(report.main([*words, *([] if "-o" in words else ["-o", place("x.html")])]), 1)
            self.assertIn(said, told.getvalue())
            self.assertEqual(told.getvalue().count("\n"), 1)
        self.assertFalse(os.path.exists(place("x.html")))


# The least contrast of any text on the page, by the formula of WCAG 2.2.
CONTRAST = """(() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  let least = 21;
  for (const node of document.body.querySelectorAll('*')) {
    if (![...node.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    let behind = node, back = [0, 0, 0, 0];
    while (behind && (back = parts(getComputedStyle(behind).backgroundColor)).length > 3 && back[3] === 0) behind = behind.parentElement;
    if (!behind) back = [255, 255, 255];
    const a = light(parts(getComputedStyle(node).color)), b = light(back);
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least; })()"""
# Pictures that did not load, and boxes wider than the window that cannot be moved sideways.
BROKEN = "[...document.images].filter(i => !i.complete || i.naturalWidth === 0).length"
WIDE = """[...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
  && !e.closest('.scroll') && !e.closest('pre') && !e.closest('thead')).map(e => e.tagName + ' ' + e.textContent.slice(0, 40))"""


@unittest.skipUnless(chromium.PROGRAM, "there is no Chromium (chromium)")
class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = chromium.Browser()
        cls.addClassCleanup(cls.browser.close)

    def test_pages_load_without_complaint_and_ask_for_nothing(self):
        for lang in ("en", "zh"):
            if lang == "zh" and not CHINESE:
                continue
            for width in (1280, 390):
                with self.subTest(f"{lang} {width}"):
                    self.browser.open(FILES[lang], width, phone=width < 500)
                    self.assertEqual(self.browser.complaints, [])
                    self.assertEqual([url for url in self.browser.requests if not url.startswith("data:")],
                                     [f"file://{FILES[lang]}"])
                    self.assertEqual(self.browser.evaluate(BROKEN), 0)
                    self.assertEqual(self.browser.evaluate(WIDE), [])
                    self.assertLessEqual(self.browser.evaluate("document.scrollingElement.scrollWidth"), width)
                    self.assertEqual(self.browser.evaluate("innerWidth"), width)

    def test_a_page_that_is_not_right_is_found(self):
        path = place("planted.html")
        with open(path, "w", encoding="utf-8") as file:
            file.write('<!DOCTYPE html><html><meta name="viewport" content="width=device-width"><body style="margin:0">'
                       '<img src="nowhere.png"><div style="width: 900px; color: #999; background: #fff">wide</div>'
                       '<script>console.error("x")</script></body></html>')
        try:
            self.browser.open(path, 390)
        except RuntimeError:  # the picture cannot be decoded
            pass
        self.assertEqual(len(self.browser.requests), 2)
        self.assertTrue(self.browser.complaints)
        self.assertEqual(self.browser.evaluate(BROKEN), 1)
        self.assertEqual(len(self.browser.evaluate(WIDE)), 1)
        self.assertGreater(self.browser.evaluate("document.scrollingElement.scrollWidth"), 390)
        self.assertLess(self.browser.evaluate(CONTRAST), 4.5)

    def test_text_can_be_read(self):
        self.browser.open(FILES["en"], 1280)
        self.assertGreater(self.browser.evaluate(CONTRAST), 7)
        size = "Math.min(...[...document.querySelectorAll('p, td, li, small, code')].map(e => parseFloat(getComputedStyle(e).fontSize)))"
        self.assertGreater(self.browser.evaluate(size), 9)
        self.browser.open(FILES["en"], 390, phone=True)
        self.assertGreater(self.browser.evaluate(size), 9)

    def test_print_is_a4_and_begins_the_appendix_on_a_page(self):
        path = place("page.pdf")
        self.browser.open(FILES["en"], 794, 1123)
        self.browser.pdf(path)
        with open(path, "rb") as file:
            content = file.read()
        boxes = re.findall(rb"/MediaBox ?\[([^\]]*)\]", content)
        self.assertTrue(6 <= len(boxes) <= 16, len(boxes))
        for box in boxes:
            self.assertEqual([round(float(number)) for number in box.split()], [0, 0, 595, 842])
        if shutil.which("pdftotext"):
            said = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
            sheets = [sheet.strip() for sheet in said.split("\f")][:len(boxes)]
            self.assertTrue(all(len(sheet) > 60 for sheet in sheets), [len(sheet) for sheet in sheets])
            self.assertTrue(any(sheet.startswith("Every uncertain number and its source") for sheet in sheets))
            self.assertNotIn("Contents", said)


if __name__ == "__main__":
    unittest.main()
