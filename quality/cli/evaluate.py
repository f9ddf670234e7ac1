"""`quality evaluate`: what the scores are worth, on texts held out from training or on labelled text of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from quality.cli.options import labelled, models_option
from quality.cli.streams import named_models, writing_to
from quality.errors import UsageError

__all__ = ["evaluate"]


@click.command(
    epilog="""\b
Examples:
  quality evaluate labelled.jsonl
  quality evaluate --label-field kind --field source=site labelled.jsonl.gz
  quality evaluate --predictions predictions.jsonl.xz --format markdown --output docs/evaluation.md
  quality evaluate --predictions predictions.jsonl.xz --model-card models/MODEL_CARD.md --limits LIMITS.md
"""
)
@click.argument("paths", nargs=-1, metavar="[LABELLED]...")
@click.option("--predictions", metavar="FILE", help="Held-out judgements that `quality train --predictions` wrote.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="How the tables are printed.",
)
@click.option("--output", metavar="FILE", help="Write here instead of standard output, all or nothing.")
@labelled
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="OURS=YOURS",
    help="Another name for a field that may be there: source, group, domain, year, system, set, score, score_type, "
    "sys_score. May be given several times.",
)
@click.option(
    "--language", default="auto", show_default=True, metavar="CODE", help="Language of all texts, or find it out."
)
@click.option("--model-card", metavar="FILE", help="Write the models' card here, with the numbers of the predictions.")
@click.option("--limits", metavar="FILE", help="Write LIMITS.md here, with the same numbers.")
@models_option
def evaluate(
    paths: tuple[str, ...],
    predictions: str | None,
    output_format: str,
    output: str | None,
    text_field: str,
    label_field: str,
    fields: tuple[str, ...],
    language: str,
    model_card: str | None,
    limits: str | None,
    models_directory: str | None,
) -> None:
    """Tell how much damage is found and how much sound text is wrongly called.

    Give labelled JSONL, which is scored now, or the predictions of held-out texts that training wrote.
    """
    from quality.training.judgements import read_judgements
    from quality.training.labelled import judged, named_fields
    from quality.training.summary import document, tables

    if bool(paths) == bool(predictions):
        raise UsageError("name labelled files or --predictions, one of the two; see quality evaluate --help")
    if predictions is None and (model_card or limits):
        raise UsageError("--model-card and --limits need --predictions: they tell of held-out texts")
    models = named_models(models_directory)
    if predictions is None:
        names = named_fields(text=text_field, label=label_field, others=fields)
        judgements = judged(paths, models, names, language=language)
    else:
        judgements = read_judgements(Path(predictions))
    if model_card or limits:
        from quality.training.card import filled

        for path, template in ((model_card, "MODEL_CARD.md"), (limits, "LIMITS.md")):
            if path:
                with writing_to(path) as stream:
                    stream.write(filled(template, judgements, models))
        return
    with writing_to(output) as stream:
        stream.write(document(tables(judgements), judgements, output_format))
