"""How fast scoring is, beside its peers, with two processes, and as the input grows; writes docs/performance.md.

    python benchmarks/performance.py --data ../shared/data --tools build/tools
    python benchmarks/performance.py --data ../shared/data --tools build/tools --sizes 1 10 100 1000 10000

Peers are installed into an environment of their own (`--peers`), once. monocleaner's models are fetched from a hub,
which this command does not do: its own code runs with a language model of characters that is made here of seeds/, with
KenLM's tools from `--tools` (scripts/build_tools.sh); without them it is left out, and the table says so. Text comes
from the clean corpora in `--data`, once round and then again; without them from seeds/.

Times are of the processor, but for those of two processes. Runs of tools that are compared take turns, and the best of
each counts: what else a machine does makes all of them slower, and never faster.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import lzma
import os
import pickle
import platform
import subprocess
import sys
import tempfile
import time
import uuid
import venv
import zipfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import cycle
from pathlib import Path

import pyarrow
from pyarrow import parquet

from quality import Document, Scorer, __version__
from quality.filtering.manifest import Manifest
from quality.filtering.rules import Decision
from quality.filtering.run import filter_records
from quality.parallel import runs
from quality.reading import Piece, Reader
from quality.reading.html import Page

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / "benchmarks" / "peer.py"
#: What the environment of the peers gets. monocleaner without fastspell, which cannot be installed (see peer.py).
PEERS = ("datatrove[processing]==0.10.1", "spacy>=3.8", "regex", "toolwrapper", "sacremoses", "pyyaml", "ufal-kenlm")
MONOCLEANER = "monocleaner==1.7.1"
#: What is aimed at.
WANTED = {"quality": "2 MB/s", "gopher": "10 times", "monocleaner": "20 times"}
NAMES = {
    "quality": "quality, all kinds",
    "gopher": "datatrove's Gopher quality filter",
    "monocleaner": "monocleaner without language identification",
}
LANGUAGES = {"de": "German", "en": "English"}
#: What loads all that is loaded once: the models of German and English, and for a line in another language, one with
#: a letter of another alphabet and one whose encoding broke the tables and the libraries that tell of these.
LINES = (
    "Die alte Mühle stand am Fluss, und niemand wusste mehr, wer sie in jenem Jahr für das Dorf gebaut hatte.",
    "The old mill stood by the river, and nobody knew any more who had built it for the village in that year.",
    "Le vieux moulin était au bord de la rivière, et personne ne savait plus qui l'avait bâti pour le village.",
    "The оld mill stood by the river, and nobody knew any more who had built it for the village in that year.",
    "Die alte MÃ¼hle stand am Fluss, und niemand wusste mehr, wer sie in jenem Jahr fÃ¼r das Dorf gebaut hatte.",
)
#: What becomes of a clean record.
KEPT = Decision((), None, {})
#: Web pages that are handed out: enough for a second of the clock, which counts hundredths.
PAGES = 2000


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took: seconds of the processor and of the clock, and peak memory in MB."""

    processor: float
    clock: float
    megabytes: float


def texts(language: str, data: Path | None) -> Iterator[str]:
    """Documents of a language, without end; the corpora take turns."""
    while True:
        if data is None:
            for path in sorted((ROOT / "seeds").glob(f"{language}-*.txt")):
                yield path.read_text(encoding="utf-8")
            continue
        found = sorted([*data.glob(f"clean/{language}-*.xz"), *data.glob(f"web/{language}-*.xz")])
        if not found:
            sys.exit(f"{data}: no clean/{language}-*.jsonl.xz and no web/{language}-*.jsonl.xz; name another --data")
        open_ones = [records(path) for path in found]
        while open_ones:
            for one in list(open_ones):
                text = next(one, None)
                if text is None:
                    open_ones.remove(one)
                else:
                    yield text


def records(path: Path) -> Iterator[str]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def write(path: Path, languages: list[str], size: int, length: int, data: Path | None) -> tuple[int, int]:
    """JSONL of `size` bytes of text in documents of at most `length` characters; bytes and words that came of it."""
    written = words = number = 0
    with path.open("w", encoding="utf-8") as stream:
        for stock in cycle([texts(language, data) for language in languages]):
            text = next(stock)
            for start in range(0, len(text), length):
                part = text[start : start + length]
                stream.write(json.dumps({"id": number, "text": part}, ensure_ascii=False) + "\n")
                number += 1
                written += len(part.encode())
                words += len(part.split())
                if written >= size:
                    return written, words
    raise AssertionError("texts have an end")


def run(command: list[str], **more: str) -> Spent:
    """Run a command to its end. Raises CalledProcessError."""
    began = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(**more)
    ) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return Spent(used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024)


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **more}


def score(path: Path, jobs: int = 1) -> Spent:
    command = [sys.executable, "-m", "quality", "score", "--format", "jsonl", "--output", os.devnull]
    return run([*command, "--jobs", str(jobs), str(path)])


# --- peers ------------------------------------------------------------------------------------------


def install(directory: Path) -> Path:
    """The Python of the peers' environment, which is made where there is none."""
    python = directory / "bin" / "python"
    if not python.exists():
        venv.create(directory, with_pip=True)
        for wanted in ([*PEERS], ["--no-deps", MONOCLEANER]):
            subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    return python


def character_model(directory: Path, tools: Path) -> Path:
    """A language model of characters as monocleaner trains it, of the English seeds.

    Of order 6 instead of 7: wheels of kenlm read no longer ones.
    """
    directory.mkdir()
    lines = [
        " ".join("SPACE" if letter == " " else letter for letter in line)
        for path in sorted((ROOT / "seeds").glob("en-*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    corpus, arpa = directory / "characters.txt", directory / "characters.arpa"
    corpus.write_text("\n".join(lines), encoding="utf-8")
    estimate = [tools / "bin" / "lmplz", "-o", "6", "--discount_fallback", "--text", corpus, "--arpa", arpa]
    subprocess.run(estimate, check=True, capture_output=True)
    binary = directory / "characters.binary"
    subprocess.run([tools / "bin" / "build_binary", arpa, binary], check=True, capture_output=True)
    return directory


def compare(commands: dict[str, list[str]], rounds: int) -> dict[str, float]:
    """MB a second of the quickest run of each tool; the tools take turns."""
    rates: dict[str, list[float]] = {tool: [] for tool in commands}
    for _ in range(rounds):
        for tool, command in commands.items():
            done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"{tool} failed:\n{done.stderr}")
            seconds, size = json.loads(done.stdout.splitlines()[-1])
            rates[tool].append(size / 1e6 / seconds)
    return {tool: max(found) for tool, found in rates.items()}


def peers(directory: Path, arguments: argparse.Namespace) -> list[str]:
    documents = directory / "peers.jsonl"
    size, _ = write(documents, ["en"], arguments.peer_size, 10_000, arguments.data)
    theirs = str(install(arguments.peers))
    commands = {
        "quality": [sys.executable, str(PEER), "quality", str(documents)],
        "gopher": [theirs, str(PEER), "gopher", str(documents)],
    }
    if arguments.tools is not None:
        model = character_model(directory / "monocleaner", arguments.tools)
        commands["monocleaner"] = [theirs, str(PEER), "monocleaner", str(documents), "--model", str(model)]
    found = compare(commands, rounds=3)
    lines = [
        f"English, {size / 1e6:.1f} MB in documents of 10 kB, one core, models loaded before.",
        "",
        "| tool | MB/s | quality is so many times as fast | wanted |",
        "|---|---:|---:|---:|",
    ]
    for tool, rate in found.items():
        ratio = f"{found['quality'] / rate:.1f}" if tool != "quality" else ""
        lines.append(f"| {NAMES[tool]} | {rate:.2f} | {ratio} | {WANTED[tool]} |")
    lines.append("")
    if arguments.tools is None:
        lines.append("monocleaner was left out: without `--tools` no language model could be made for it.")
    else:
        lines.append(
            "monocleaner ran with a language model of characters made of the English seeds, since its own models are "
            "fetched from a hub; that one is small and of order 6 instead of 7. Its language identification was off "
            "(fastspell cannot be installed: it needs a cyhunspell that is not on PyPI). Both make it faster here."
        )
    return lines


# --- rates, jobs and sizes --------------------------------------------------------------------------


def rates(directory: Path, arguments: argparse.Namespace) -> list[str]:
    lines = [
        "| text | documents of | MB/s, scores | MB/s, explained | core hours for a billion words |",
        "|---|---|---:|---:|---:|",
    ]
    path = directory / "rates.jsonl"
    for language, name in LANGUAGES.items():
        for length in (1_000, 10_000, 100_000):
            size, words = write(path, [language], arguments.peer_size, length, arguments.data)
            with path.open(encoding="utf-8") as stream:
                found = [json.loads(line)["text"] for line in stream]
            spent = []
            for explain in (False, True):
                scorer = Scorer(explain=explain)
                scorer.score_batch(found)
                spent.append(min(timed(scorer, found) for _ in range(3)))
            hours = spent[0] / words * 1e9 / 3600
            speeds = " | ".join(f"{size / 1e6 / one:.2f}" for one in spent)
            lines.append(f"| {name} | {length // 1000} kB | {speeds} | {hours:.2f} |")
    return lines


def timed(scorer: Scorer, found: list[str]) -> float:
    began = time.process_time()
    scorer.score_batch(found)
    return time.process_time() - began


def jobs(directory: Path, arguments: argparse.Namespace) -> list[str]:
    path = directory / "jobs.jsonl"
    size, _ = write(path, ["de", "en"], arguments.jobs_size, 10_000, arguments.data)
    spent: dict[int, list[Spent]] = {1: [], 2: []}
    for _ in range(3):
        for number, times in spent.items():
            times.append(score(path, number))
    clock = {number: min(one.clock for one in times) for number, times in spent.items()}
    processor = {number: min(one.processor for one in times) for number, times in spent.items()}
    return [
        f"`quality score` over {size / 1e6:.0f} MB on {os.cpu_count()} cores, start and loading of models included: "
        f"{clock[1]:.1f} s with `--jobs 1`, {clock[2]:.1f} s with `--jobs 2`, {clock[1] / clock[2]:.2f} times as fast "
        "(wanted: 1.8). What else runs on the machine takes its part of the second core, but not of the seconds of the "
        f"processor: {processor[1]:.1f} s with `--jobs 1`, {processor[2]:.1f} s with `--jobs 2`, so that two cores of "
        f"its own could make it {2 * processor[1] / processor[2]:.2f} times as fast at most."
    ]


def handing_out(directory: Path, arguments: argparse.Namespace) -> list[str]:
    """What the one process that cuts and writes can do."""
    path = directory / "records.jsonl"
    size, _ = write(path, ["de", "en"], arguments.jobs_size, 10_000, arguments.data)
    with path.open(encoding="utf-8") as stream:
        found = [json.loads(line)["text"] for line in stream]
    (directory / "records.jsonl.gz").write_bytes(gzip.compress(path.read_bytes()))
    parquet.write_table(pyarrow.table({"text": found}), directory / "records.parquet")
    with (directory / "records.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["text"], *([text] for text in found)])
    pages = found[:PAGES]
    write_pages(directory, pages)
    scorer = Scorer(explain=False)
    scorer.score_batch(pages)
    rate = sum(len(text.encode()) for text in pages) / 1e6 / timed(scorer, pages)
    lines = [
        "One process opens, unpacks and cuts for all that score, sends them what it cut, and writes what they send "
        "back. Text for which it does so in a second, and how many processes that keeps busy which score "
        f"{rate:.1f} MB/s, as one did here; those that get web pages have their text to extract besides:",
        "",
        "| input | `score`, MB/s | processes | `filter`, MB/s | processes |",
        "|---|---:|---:|---:|---:|",
    ]
    inputs = {
        "JSONL": "records.jsonl",
        "JSONL, gzip": "records.jsonl.gz",
        "CSV": "records.csv",
        "Parquet": "records.parquet",
        "web pages, 200 links each": "pages",
        "web pages in a zip": "pages.zip",
        "web pages in a WARC": "pages.warc",
    }
    for name, file in inputs.items():
        text = size if file.startswith("records") else sum(len(page.encode()) for page in pages)
        speeds = [text / 1e6 / min(work(directory / file) for _ in range(3)) for work in (cutting, filtering)]
        lines.append(f"| {name} | " + " | ".join(f"{speed:.0f} | {speed / rate:.0f}" for speed in speeds) + " |")
    return lines


def write_pages(directory: Path, found: list[str]) -> None:
    """Web pages of these texts, with menus, as files, in a zip and in a WARC."""
    menu = "".join(f'<li><a href="/section-{number}">Section {number}</a></li>' for number in range(100))
    (directory / "pages").mkdir()
    with (
        zipfile.ZipFile(directory / "pages.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        (directory / "pages.warc").open("wb") as warc,
    ):
        for number, text in enumerate(found):
            paragraphs = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines())
            page = f"<!doctype html><html><body><ul>{menu}</ul>{paragraphs}<ul>{menu}</ul></body></html>".encode()
            (directory / "pages" / f"{number:05d}.html").write_bytes(page)
            archive.writestr(f"{number:05d}.html", page)
            head = f"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:{uuid.UUID(int=number)}>\r\n"
            head += f"Content-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n"
            warc.write(head.encode() + page + b"\r\n\r\n")


def cutting(path: Path) -> float:
    """Seconds to cut input, and to make of it what is sent."""
    began = time.process_time()
    for batch in together(Reader([path]).pieces()):
        pickle.dumps(batch)
    return time.process_time() - began


def filtering(path: Path) -> float:
    """Seconds to do so, and to write what comes back, which is ready when the clock starts."""
    reader = Reader([path])
    sources = list(reader.sources())
    ready = [
        pickle.dumps([[(document, KEPT) for document in documents_of(piece)] for piece in batch])
        for batch in together(piece for source in sources for piece in reader.pieces_of(source, always=True))
    ]

    def decided(pieces: Iterable[Piece]) -> Generator[tuple[Piece, list[tuple[Document, Decision]]]]:
        for batch, answer in zip(together(pieces), ready, strict=True):
            pickle.dumps(batch)
            yield from zip(batch, pickle.loads(answer), strict=True)

    with tempfile.TemporaryDirectory() as name:
        manifest = Manifest(Path(name), options={}, sources=sources)
        progress = manifest.start(restart=True)
        began = time.process_time()
        filter_records(Reader([path]), sources, decided, manifest, progress)
        return time.process_time() - began


def documents_of(piece: Piece) -> Sequence[Document]:
    """The documents of a piece; of a web page one of about its length, since to extract its text takes long."""
    return [Document("word " * (piece.size // 5), path=piece.path)] if isinstance(piece, Page) else piece.read()


def together(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Pieces as they are sent."""
    return runs(pieces, lambda piece: (piece.size, piece.count))


def sizes(directory: Path, arguments: argparse.Namespace) -> list[str]:
    path = directory / "size.jsonl"
    path.write_text("".join(json.dumps({"text": line}) + "\n" for line in LINES), encoding="utf-8")
    start = min(score(path).processor for _ in range(3))
    lines = [
        "`quality score --jobs 1`, German and English in turn, documents of 10 kB. Start and loading of the models "
        f"and of all else that is loaded once, {start:.2f} s, taken off.",
        "",
        "| text | seconds of the processor a MB | against the first | peak memory |",
        "|---:|---:|---:|---:|",
    ]
    first = None
    for wanted in arguments.sizes:
        size, _ = write(path, ["de", "en"], int(wanted * 1e6), 10_000, arguments.data)
        runs = [score(path) for _ in range(3 if wanted < 50 else 1)]
        rate = (min(one.processor for one in runs) - start) / (size / 1e6)
        first = first or rate
        memory = max(one.megabytes for one in runs)
        lines.append(f"| {size / 1e6:.0f} MB | {rate:.3f} | {rate / first - 1:+.0%} | {memory:.0f} MB |")
    return lines


def processor() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if "model name" in line
    ]
    return f"{len(names)} cores of {names[0]}" if names else platform.machine()


#: First what other processes do: the system tells no smaller peak memory of them than of this one when it starts them.
PARTS = {
    "Beside peers": peers,
    "Two processes": jobs,
    "From small to large": sizes,
    "By language and length": rates,
    "Many processes": handing_out,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="labelled data; without it, seeds/ is repeated")
    parser.add_argument("--tools", type=Path, help="what scripts/build_tools.sh made, for monocleaner's model")
    parser.add_argument("--peers", type=Path, default=ROOT / "build" / "peers", help="environment of the peers")
    parser.add_argument("--sizes", type=float, nargs="+", default=[1, 10, 100], metavar="MB")
    parser.add_argument("--peer-size", type=int, default=1_000_000, metavar="BYTES")
    parser.add_argument("--jobs-size", type=int, default=40_000_000, metavar="BYTES")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "performance.md")
    arguments = parser.parse_args()
    given = "".join(
        f" --{name.replace('_', '-')} {' '.join(f'{one:g}' for one in value) if isinstance(value, list) else value}"
        for name in ("sizes", "peer_size", "jobs_size")
        if (value := getattr(arguments, name)) != parser.get_default(name)
    )
    source = "the clean corpora in `--data`" if arguments.data else "seeds/, over and over"
    text = [
        "# Performance",
        "",
        f"Written by `python benchmarks/performance.py --data ../shared/data --tools build/tools{given}`.",
        f"quality {__version__}, models {Scorer().models.signature}, Python {platform.python_version()}, "
        f"{processor()}, load {os.getloadavg()[0]:.1f} when it "
        f"began. Text: {source}. The machine does other work too, and what waits for memory "
        "suffers from it: compare figures of one table, not of two.",
    ]
    with tempfile.TemporaryDirectory() as name:
        for number, (title, part) in enumerate(PARTS.items()):
            directory = Path(name, str(number))
            directory.mkdir()
            lines = part(directory, arguments)
            print("\n".join(lines), flush=True)
            text += ["", f"## {title}", "", *lines]
    arguments.output.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
