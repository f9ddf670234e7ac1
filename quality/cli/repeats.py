"""`quality repeats`: which lines a corpus has again and again."""

from __future__ import annotations

import click

from quality.cli.streams import InputErrors, say, under_a_bar, writing_to

__all__ = ["repeats"]


@click.command(
    epilog="""\b
Examples:
  quality repeats --output repeats.tsv crawl.jsonl.gz
  quality score --repeats repeats.tsv crawl.jsonl.gz
  quality repeats --min-documents 5 --output - pages/
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--output", required=True, metavar="TABLE", help="Write the table here, all or nothing; - prints it.")
@click.option(
    "--min-documents",
    type=click.IntRange(min=2),
    default=50,
    show_default=True,
    metavar="N",
    help="List the lines that at least so many documents have.",
)
@click.option(
    "--text-field", default="text", show_default=True, metavar="NAME", help="Field of a JSONL record with its text."
)
@click.option("--encoding", default="utf-8", show_default=True, metavar="NAME", help="Encoding of all input.")
def repeats(paths: tuple[str, ...], output: str, min_documents: int, text_field: str, encoding: str) -> int:
    """List the lines that many documents of a corpus have: what they share is furniture, whatever it says.

    `score` and `check` call the lines of the table furniture, given with --repeats. A document counts once for a
    line; case, spaces and the values of numbers do not count. Memory does not grow with the corpus. Copies of one
    document make all its lines repeats: remove them first.
    """
    from quality.gate import exit_status
    from quality.reading import Reader
    from quality.repeats import count_repeats

    errors = InputErrors()
    reader = Reader(paths, text_field=text_field, encoding=encoding, output=output, on_error=errors.add)
    with writing_to(output) as stream:
        table = count_repeats(under_a_bar(reader, errors, reader), min_documents=min_documents)
        stream.write(table.to_text())
    for directory in reader.empty:
        say(f"{directory}: nothing to read in this directory")
    lines = f"{len(table.hashes)} {'line' if len(table.hashes) == 1 else 'lines'}"
    documents = f"{table.documents} {'document' if table.documents == 1 else 'documents'}"
    say(f"{lines} in at least {min_documents} of {documents}")
    return exit_status(damaged=False, unreadable=errors.count > 0)
