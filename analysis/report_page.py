"""HTML of a report: text that is escaped, tables with headers, pictures inside the page.

Everything the page needs is in it; it asks for nothing from elsewhere and runs no script.
"""

import base64
import html
import io
import os

from matplotlib import pyplot

HERE = os.path.dirname(os.path.abspath(__file__))


def text(value):
    """Plain text as HTML."""
    return html.escape(str(value), quote=True)


def paragraph(*sentences, kind=""):
    """A paragraph of sentences that are HTML."""
    made = " ".join(sentence for sentence in sentences if sentence)
    return f'<p class="{kind}">{made}</p>' if kind else f"<p>{made}</p>"


def bullets(items):
    """A list of items that are HTML."""
    return "<ul class=\"short\">\n" + "\n".join(f"<li>{item}</li>" for item in items) + "\n</ul>"


def code(value):
    """A name or a path, which may be broken behind its parts."""
    return f'<code class="path">{text(value).replace("/", "/<wbr>").replace("_", "_<wbr>")}</code>'


def block(value):
    """Commands, line by line."""
    return f'<pre tabindex="0"><code>{text(value)}</code></pre>'


def facts(pairs):
    """Terms and what they are (HTML)."""
    return '<dl class="facts">' + "".join(f"<dt>{text(term)}</dt><dd>{what}</dd>" for term, what in pairs) + "</dl>"


class Table:
    """Rows of cells that are HTML. Columns are (heading, "number" or "wrap" or ""); the first cell of a row is
    its heading. `stack`: on a phone cells stand below each other, else the table is moved sideways."""

    def __init__(self, caption, columns, stack=False):
        self.caption, self.columns, self.stack, self.rows = caption, columns, stack, []

    def add(self, *cells, kind=""):
        """A row."""
        first, *rest = cells
        roles = ' role="row"' if self.stack else ""
        classed = f' class="{kind}"' if kind else ""
        made = [f"<tr{classed}{roles}>", f'<th scope="row" class="heading"{self._role("rowheader")}>{first}</th>']
        for cell, (_, look) in zip(rest, self.columns[1:]):
            made.append(f'<td class="{look}"{self._role("cell")}>{cell}</td>' if look
                        else f"<td{self._role('cell')}>{cell}</td>")
        self.rows.append("".join(made) + "</tr>")

    def _role(self, role):
        """Roles keep the meaning of a table whose cells are laid out as blocks."""
        return f' role="{role}"' if self.stack else ""

    def html(self):
        """The table, in a box that can be moved sideways by hand and by keyboard."""
        heads = "".join(f'<th scope="col"{self._role("columnheader")} class="{look}">{text(head)}</th>' if look
                        else f'<th scope="col"{self._role("columnheader")}>{text(head)}</th>'
                        for head, look in self.columns)
        stack = ' class="stack"' if self.stack else ""
        inner = (f"<table{stack}{self._role('table')}><caption>{text(self.caption)}</caption>"
                 f"<thead{self._role('rowgroup')}><tr{self._role('row')}>{heads}</tr></thead>\n"
                 f"<tbody{self._role('rowgroup')}>\n" + "\n".join(self.rows) + "\n</tbody></table>")
        return f'<div class="scroll" tabindex="0" role="region" aria-label="{text(self.caption)}">{inner}</div>' \
            if not self.stack else inner


def picture(figure, sheet, told):
    """A figure of matplotlib inside the page; `told`: where its numbers stand, for those who do not see it."""
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Title": sheet.title_text, "Date": None})
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    pyplot.close(figure)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    alt = text(f"{sheet.title_text}. {told}" if sheet.lang == "en" else f"{sheet.title_text}。{told}")
    box = text(sheet.title_text)
    return (f'<figure><div class="scroll" tabindex="0" role="region" aria-label="{box}">'
            f'<img alt="{alt}" width="{width}" height="{height}" src="data:image/svg+xml;base64,{data}"></div></figure>')


class Page:
    """Sections with headings, a table of contents, one HTML file."""

    def __init__(self, lang, title, contents):
        self.lang, self.title, self.contents, self.sections = lang, title, contents, []

    def add(self, heading, *parts, appendix=False):
        """A section of parts that are HTML; nothing where there are none."""
        made = "\n".join(part for part in parts if part)
        if made:
            self.sections.append((heading, made, appendix))

    def html(self, head, foot):
        """The whole file; `head` and `foot` are HTML."""
        with open(os.path.join(HERE, "report.css"), encoding="utf-8") as file:
            style = file.read()
        index = "\n".join(f'<li><a href="#s{i}">{text(heading)}</a></li>'
                          for i, (heading, _, _) in enumerate(self.sections, 1))
        body = "\n".join(
            f'<section id="s{i}" aria-labelledby="h{i}"{" class=appendix" if appendix else ""}>'
            f'\n<h2 id="h{i}">{text(heading)}</h2>\n{made}\n</section>'
            for i, (heading, made, appendix) in enumerate(self.sections, 1))
        lang = "zh-CN" if self.lang == "zh" else "en"
        return (f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
                '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
                f'<link rel="icon" href="data:,">\n<title>{text(self.title)}</title>\n<style>\n{style}</style>\n</head>\n'
                f'<body>\n<header>\n<h1>{text(self.title)}</h1>\n{head}\n</header>\n'
                f'<nav aria-label="{text(self.contents)}">\n<ol>\n{index}\n</ol>\n</nav>\n<main>\n{body}\n</main>\n'
                f"<footer>\n{foot}\n</footer>\n</body>\n</html>\n")
