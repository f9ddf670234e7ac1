"""Page furniture line by line, from text alone: ours beside everything called content, jusText and trafilatura.

    pip install --target peers justext lxml_html_clean trafilatura
    PYTHONPATH=peers python benchmarks/furniture.py ../shared/data/boilerplate/{l3s-gn1,cleaneval-dev}.jsonl.xz

A page is a JSON object a line with `lines`, each with `text` and `label` ("content", "boilerplate"; others do not
count), and `lang`. All get the same lines; the peers, which want HTML, each as a paragraph of its own. Figures: F1 of
content weighted by words / F1 of furniture by words / F1 of furniture by lines.
Our heads as they ship have seen most of these pages: that column flatters. The last two are from EVALUATION.md beside
the models: heads that were trained without the whole source, words' weights included; and without the site alone
(content by words / furniture by lines), which is what other pages of the same source are to expect.
"""

from __future__ import annotations

import argparse
import html
import json
import lzma
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from quality import Models, Scorer
from quality.language import LANGUAGE_NAMES
from quality.model import default_models

#: Tells of each line of a page in a language whether it is content.
Judge = Callable[[Sequence[str], str], list[bool]]


def pages(path: Path, step: int) -> Iterator[tuple[list[str], list[int], str]]:
    """Lines, labels (1 furniture, 0 content, -1 neither) and language of each `step`th page."""
    with lzma.open(path, "rt", encoding="utf-8") as stream:
        for number, record in enumerate(stream):
            if number % step == 0:
                row = json.loads(record)
                lines = [line for line in row["lines"] if line["text"].strip()]
                texts = [" ".join(line["text"].split()) for line in lines]
                yield texts, [{"content": 0, "boilerplate": 1}.get(line["label"], -1) for line in lines], row["lang"]


def ours(scorer: Scorer) -> Judge:
    def judge(lines: Sequence[str], _: str) -> list[bool]:
        # A blank line between two keeps the page from being taken for hard-wrapped text.
        report = scorer.score("\n\n".join(lines))
        called = {paragraph.start: "boilerplate" in paragraph.kinds for paragraph in report.paragraphs}
        content, start = [], 0
        for line in lines:
            content.append(not called.get(start, False))
            start += len(line) + 2
        return content

    return judge


def everything(lines: Sequence[str], _: str) -> list[bool]:
    return [True] * len(lines)


def justext(lines: Sequence[str], language: str) -> list[bool]:
    from justext import core, get_stoplist, get_stoplists

    name = LANGUAGE_NAMES.get(language, "")
    words = get_stoplist(name if name in get_stoplists() else "English")
    kept = {one.text for one in core.justext(_page(lines), words) if not one.is_boilerplate}
    return [line in kept for line in lines]


def trafilatura(lines: Sequence[str], _: str) -> list[bool]:
    import trafilatura as peer

    found = peer.extract(_page(lines), include_comments=False, include_tables=False) or ""
    kept = {" ".join(line.split()) for line in found.split("\n")}
    return [line in kept for line in lines]


def _page(lines: Sequence[str]) -> str:
    return f"<html><body>{''.join(f'<p>{html.escape(line)}</p>' for line in lines)}</body></html>"


def f1(labels: Sequence[int], content: Sequence[bool], weights: Sequence[int]) -> tuple[float, float]:
    """F1 of content and of furniture."""
    scores = []
    for label in (0, 1):
        wanted = sum(weight for one, weight in zip(labels, weights, strict=True) if one == label)
        rows = list(zip(labels, content, weights, strict=True))
        called = sum(weight for one, kept, weight in rows if one >= 0 and kept == (label == 0))
        both = sum(weight for one, kept, weight in rows if one == label and kept == (label == 0))
        scores.append(2 * both / max(wanted + called, 1))
    return scores[0], scores[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--models", type=Path, help="models to use instead of those in the package")
    parser.add_argument("--step", type=int, default=1, help="judge every so many pages [default: 1]")
    parser.add_argument("--language", help="pages of this language alone")
    options = parser.parse_args()
    models = Models(options.models) if options.models else default_models()
    judges: dict[str, Judge] = {
        "everything is content": everything,
        "jusText": justext,
        "trafilatura": trafilatura,
        f"quality as it ships ({models.signature})": ours(Scorer(models, explain=False)),
    }
    print(f"| pages | {' | '.join(judges)} | quality, source left out | site left out |")
    print(f"|---|{'---:|' * (len(judges) + 2)}")
    for path in options.files:
        columns: dict[str, Any] = {name: [] for name in ("labels", "weights", *judges)}
        count = 0
        for lines, labels, language in pages(path, options.step):
            if lines and options.language in (None, language):
                count += 1
                columns["labels"].extend(labels)
                columns["weights"].extend(len(line.split()) for line in lines)
                for name, judge in judges.items():
                    columns[name].extend(judge(lines, language))
        source = path.name.partition(".")[0] + (f", {options.language}" if options.language else "")
        cells = [f"{source}: {count}"]
        for name in judges:
            by_words = f1(columns["labels"], columns[name], columns["weights"])
            by_line = f1(columns["labels"], columns[name], [1] * len(columns["labels"]))[1]
            cells.append(_shown(*by_words, by_line))
        print(f"| {' | '.join((*cells, *left_out(models, source)))} |", flush=True)


def left_out(models: Models, source: str) -> tuple[str, str]:
    """The figures of heads that have not seen the source, or the site, as training wrote them; "" for other sources."""
    for line in (models.directory / "EVALUATION.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == source and len(cells) == 9:
            by_source, by_site = [cells[at] for at in (2, 3, 5)], [cell for cell in cells[7:] if cell]
            return _shown(*map(float, by_source)), _shown(*map(float, by_site))
    return "", ""


def _shown(*figures: float) -> str:
    return " / ".join(f"{figure:.3f}".removeprefix("0") for figure in figures)


if __name__ == "__main__":
    main()
