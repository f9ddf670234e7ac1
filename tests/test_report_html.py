"""The report for browsers, in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import PROGRAM, Browser
from test_report_forms import HOSTILE, judged, written

from quality.document import Document
from quality.errors import ReadError
from quality.gate import judge
from quality.report.formats import check_format
from quality.report.notebook import show
from quality.scoring import Scorer
from quality.settings import Settings

SEEDS = Path(__file__).parents[1] / "seeds"
SHOWN = ("en-clean-ferry.txt", "en-spun-severe-bees.txt", "de-mt-mild-museum.txt", "en-script-severe-choir.txt")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("no Chromium is installed")
    started = Browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on a clean document, three damaged ones, and a hostile one."""
    found = []
    for name in SHOWN:
        document = Document((SEEDS / name).read_text(encoding="utf-8"), path=name)
        found.append(judge(document, Scorer().score_document(document), Settings()))
    found.append(judged(HOSTILE, f"<img src=x onerror=alert(3)>{HOSTILE}.txt"))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text("".join(check_format("html")(found, (ReadError("x", HOSTILE),))), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Browser, page: Path) -> Browser:
    browser.messages.clear()
    browser.open(page)
    return browser


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_page_needs_nothing_and_runs_nothing_but_its_own(page: Path) -> None:
    tags = Tags(page.read_text(encoding="utf-8"))
    assert tags.tags.count("script") == tags.tags.count("style") == 1
    assert not {"img", "link", "iframe", "object", "base", "form"} & set(tags.tags)
    assert not {name for name in tags.attributes if name.startswith("on")} | {"style", "src"} & tags.attributes


def test_the_page_opens_without_a_word_on_the_console_or_a_request(opened: Browser) -> None:
    assert opened.run("document.querySelectorAll('#list tbody tr').length") == len(SHOWN) + 1
    assert opened.messages == []


def test_the_policy_stops_what_would_be_put_in(opened: Browser) -> None:
    opened.run(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.owned = 1';"
        " document.body.append(s);"
        " document.body.insertAdjacentHTML('beforeend', '<i onclick=\"window.owned=1\">x</i>');"
        " document.body.lastChild.click(); })()"
    )
    assert opened.run("window.owned === undefined")
    assert "Content Security Policy" in " ".join(opened.messages)


def test_the_list_is_sorted_by_a_press_of_a_heading(opened: Browser) -> None:
    column = "[...document.querySelectorAll('#list tbody tr')].map(row => Number(row.cells[%d].dataset.value))"
    press = "document.querySelectorAll('#list thead button')[%d].click()"
    for number in (3, 4, 5):
        opened.run(press % number)
        values = opened.run(column % number)
        assert values == sorted(values, reverse=True)
        opened.run(press % number)
        assert opened.run(column % number) == sorted(values)
    assert opened.run("document.querySelectorAll('[aria-sort]').length") == 1
    opened.run(press % 0)
    names = opened.run("[...document.querySelectorAll('#list tbody tr')].map(row => row.cells[0].textContent)")
    assert [name for name in names if name in SHOWN] == sorted(SHOWN)


def test_the_keyboard_reaches_sorting_and_marked_words(opened: Browser) -> None:
    for _ in range(4):  # skip link, choice of verdicts, table, first heading
        opened.press("Tab")
    assert opened.run("document.activeElement.textContent") == "Document"
    opened.press("Enter")
    assert opened.run("document.activeElement.parentElement.ariaSort") == "ascending"
    opened.run("document.querySelector('mark[tabindex]').focus()")
    shown = opened.run("getComputedStyle(document.activeElement, '::after').content")
    assert re.match(r'"[MSX]\d{3}: ', shown)


@pytest.mark.parametrize("width", [1280, 900, 660, 360])
def test_no_reason_runs_out_of_the_page(opened: Browser, tmp_path: Path, width: int) -> None:
    opened.picture(tmp_path / "page.png", width=width)
    beyond = opened.run(
        "[...document.querySelectorAll('mark[tabindex]')].filter(mark => { mark.focus();"
        " return document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth; }).length"
    )
    assert beyond == 0


def test_marks_are_the_findings_and_the_text_is_whole(opened: Browser) -> None:
    name = "en-spun-severe-bees.txt"
    view = f"[...document.querySelectorAll('article')].find(a => a.querySelector('h2').textContent === '{name}')"
    document = Document((SEEDS / name).read_text(encoding="utf-8"), path=name)
    report = Scorer().score_document(document)
    marks = opened.run(f"[...{view}.querySelectorAll('mark')].map(m => m.dataset.code + ' ' + m.textContent)")
    assert set(marks) <= {f"{finding.code} {finding.text}" for finding in report.findings}
    assert len(marks) >= len(report.findings) / 2
    text = opened.run(
        f"[...{view}.querySelectorAll('p.text')].map(p => [...p.childNodes].slice(1).map(n => n.textContent).join(''))"
    )
    assert text == [report.text[paragraph.start : paragraph.end] for paragraph in report.paragraphs]
    strip = opened.run(f"{view}.querySelectorAll('.strip rect').length")
    assert strip == len(report.paragraphs)


def test_one_verdict_can_be_chosen(opened: Browser) -> None:
    opened.run("(() => { verdict.value = 'clean'; verdict.dispatchEvent(new Event('change')); })()")
    shown = opened.run(
        "[...document.querySelectorAll('#list tbody tr')].filter(r => !r.hidden).map(r => r.cells[0].textContent)"
    )
    assert shown == ["en-clean-ferry.txt"]


def test_light_and_dark_differ_and_words_can_be_read_in_both(opened: Browser, tmp_path: Path) -> None:
    def contrast(selector: str) -> float:
        return opened.run(
            "(() => { const l = c => { const [r, g, b] = c.match(/\\d+/g).slice(0, 3).map(v => { v /= 255;"
            " return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });"
            " return .2126 * r + .7152 * g + .0722 * b; };"
            f" const s = getComputedStyle(document.querySelector('{selector}'));"
            " const paper = s.backgroundColor === 'rgba(0, 0, 0, 0)' ? getComputedStyle(document.body).backgroundColor"
            " : s.backgroundColor; const [a, b] = [l(s.color), l(paper)].sort((x, y) => y - x);"
            " return (a + .05) / (b + .05); })()"
        )

    pictures = []
    for dark in (False, True):
        opened.picture(tmp_path / f"{dark}.png", dark=dark)
        pictures.append((tmp_path / f"{dark}.png").read_bytes())
        for selector in (
            "body",
            "mark.M",
            "mark.S",
            "mark.B",
            "mark.X",
            "mark.L",
            "td.damaged",
            "td.clean",
            ".hint",
            "a",
        ):
            assert contrast(selector) >= 4.5, (dark, selector)
    assert pictures[0] != pictures[1]


def test_paper_shows_what_is_folded(opened: Browser) -> None:
    opened.run("dispatchEvent(new Event('beforeprint'))")
    assert opened.run("[...document.querySelectorAll('details')].every(part => part.open)")


@pytest.mark.parametrize("whole", [False, True])
def test_a_hostile_document_stays_text_in_a_notebook_too(browser: Browser, tmp_path: Path, whole: bool) -> None:
    hostile = judged(HOSTILE, f"<img src=x onerror='owned=3'>{HOSTILE}.txt", id=HOSTILE).report
    shown = [show(hostile, whole=whole), show([hostile, hostile], whole=whole)]
    page = tmp_path / "notebook.html"
    cells = "".join(f"<div class='cell'>{one._repr_html_()}</div>" for one in shown)
    page.write_text(f'<!DOCTYPE html><meta charset="utf-8"><title>n</title>{cells}', encoding="utf-8")
    browser.messages.clear()
    browser.open(page)
    assert browser.messages == []
    assert browser.run("document.querySelectorAll('script, img, body [onmouseover], a[href^=javascript]').length") == 0
    assert browser.run("document.querySelectorAll('.cell > .quality-report').length") == 2
    assert browser.run("document.querySelector('p.text mark').textContent") == "brokenly"
    assert "<script>alert(1)</script>" in browser.run("document.querySelector('p.text').textContent")


def test_an_empty_report_is_a_page() -> None:
    assert "0 documents" in written("html")
