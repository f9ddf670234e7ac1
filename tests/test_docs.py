"""What the README and the notebooks promise a reader."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
from doc_blocks import blocks, outputs

from quality.cli import cli, main
from quality.findings import CODES, code_titles, explain_code
from quality.gate.ignores import find_ignores
from quality.settings import OPTIONS

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_the_readme_has_two_commands_of_one_line_and_ci_runs_both() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    marked = re.findall(r"^<!-- command: (\w+) -->\n```sh\n([^\n]+)\n```$", readme, re.M)
    assert [name for name, _ in marked] == ["score", "test"]
    assert readme.count("python3 -m venv") == len(marked)
    assert readme.count("<!-- command:") == len(marked)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for name, _ in marked:
        assert f"$(readme_command {name})" in script
        assert f'bash -euo pipefail -c "${name}_command"' in script


def test_the_links_of_the_readme_lead_to_files_of_the_repository() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", readme) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_stored_without_outputs_and_its_code_compiles(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert cells[0]["cell_type"] == "markdown"
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            compile("".join(cell["source"]), f"{path.name}#{cell['id']}", "exec")


# --- the gate ---------------------------------------------------------------------------------------

GATE = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")


def test_every_setting_has_a_row_in_the_table_with_its_flag_and_default() -> None:
    rows = {cells[1]: cells for row in re.findall(r"^\| `.*$", GATE, re.M) for cells in [row.split("|")]}
    rows = {name.strip(" `"): cells for name, cells in rows.items()}
    for option in OPTIONS.values():
        cells = rows[option.name]
        assert cells[2].strip() == f"`{option.flag}`"
        if isinstance(option.default, int | str):
            assert json.dumps(option.default) in cells[3]
        assert len(cells[4].strip()) > 20
    assert "overrides" in rows


@pytest.mark.parametrize("name", ["check", "score", "config"])
def test_every_flag_of_the_gate_is_documented(name: str) -> None:
    flags = {flag for parameter in cli.commands[name].params for flag in parameter.opts if flag.startswith("--")}
    assert {flag for flag in flags if f"`{flag}`" not in GATE and f"`{flag} " not in GATE} == set()


def test_every_form_of_report_is_documented() -> None:
    for name in ("check", "score"):
        choices = next(p.type for p in cli.commands[name].params if p.name == "output_format")
        assert isinstance(choices, click.Choice)
        column = {"check": 3, "score": 4}[name]
        for row in re.findall(r"^\| `(?:text|jsonl|csv|html|sarif|github|junit)` .*$", GATE, re.M):
            cells = [cell.strip() for cell in row.split("|")]
            assert (cells[1].strip("`") in choices.choices) == (cells[column] != "–")


def test_every_code_is_explained_with_its_false_alarms_and_listed() -> None:
    listed = "".join(f"{code}  {title}\n" for code, title in code_titles().items())
    assert (ROOT / "docs" / "codes.txt").read_text(encoding="utf-8") == listed, "quality explain > docs/codes.txt"
    for code in CODES:
        explained = " ".join(explain_code(code).split())
        assert len(explained) > 80, code
        assert "nown false alarm" in explained, code


def test_the_comments_that_the_page_shows_are_understood() -> None:
    shown = re.findall(r"`(<!-- quality: [^`]+-->|\[//\]: [^`]+)`", GATE)
    assert len(shown) >= 4
    for comment in shown:
        masked, _ = find_ignores(comment)
        assert masked.strip() == "", comment


# --- pages ------------------------------------------------------------------------------------------

PAGES = sorted((ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page.read_text(encoding="utf-8"))], ids=lambda page: page.stem
)
def test_every_block_of_code_of_a_page_runs(page: Path) -> None:
    outputs(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "docs")))
def test_no_block_is_passed_over_without_a_reason(page: Path) -> None:
    markdown = page.read_text(encoding="utf-8")
    shown = [block for block in blocks(markdown) if f"```{block.language}\n{block.code}```" in markdown]
    assert len(shown) == len(re.findall(r"^\s*```(?:sh|python|console|bash|pycon)", markdown, re.M))
    assert all(len(block.reason) > 20 for block in shown if block.reason is not None)


def test_a_block_that_fails_is_told_with_its_place(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n\n```python\nfirst = 1\n```\n\n```python\nassert first == 2\n```\n")
    with pytest.raises(RuntimeError, match=r'page.md", line 8'):
        outputs(page)
    page.write_text("```sh\nfalse\necho on\n```\n")
    with pytest.raises(RuntimeError, match="exit status 1"):
        outputs(page)


def test_what_a_block_printed_is_given_where_its_mark_stands(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- setup: python\nname = 'setup'\n-->\n\n```python\nprint(name)\n```\n\n<!-- output -->\n\n"
        "```sh\necho hidden\n```\n\n<!-- not run: it would take all day -->\n```sh\nfalse\n```\n\n"
        "```sh\necho shown; ls\n```\n\n<!-- output -->\n"
    )
    assert outputs(page) == ["setup\n", "shown\nseeds\n"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "docs")))
def test_settings_that_a_page_shows_are_understood(page: Path, tmp_path: Path) -> None:
    for text in re.findall(r"^```toml\n# quality.toml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S):
        path = tmp_path / "quality.toml"
        path.write_text(text, encoding="utf-8")
        assert main(["config", "--config", str(path)]) == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "docs")))
def test_a_page_stands_in_the_menu_of_the_site(page: Path) -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert re.search(rf"^ +- [^:]+: {re.escape(str(page.relative_to(ROOT / 'docs')))}$", menu, re.M)
