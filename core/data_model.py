"""The data model as a page, made from the models: a diagram for each app, and a dictionary of tables and columns."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connection, models
from django.utils import translation

_HEAD = """\
# Data model

Made by `python manage.py data_model`; a test holds it against the models. Amounts end in `_minor` and are whole minor
units of the row's currency; times are stored in UTC. Every constraint below is the database's own.
"""
_OWN = Path(settings.BASE_DIR)
_Field: TypeAlias = "models.Field[Any, Any]"


def as_markdown() -> str:
    """Return the page, in English whatever the active language."""
    with translation.override("en"):
        return _HEAD + "".join(_app(config) for config in _own_apps())


def _own_apps() -> list[AppConfig]:
    own = [config for config in apps.get_app_configs() if Path(config.path).parent == _OWN]
    return [config for config in own if any(config.get_models())]


def _app(config: AppConfig) -> str:
    tables = sorted(config.get_models(), key=lambda model: model._meta.db_table)
    return f"\n## {config.verbose_name} (`{config.label}`)\n\n{_diagram(tables)}" + "".join(map(_table, tables))


def _diagram(tables: Iterable[type[models.Model]]) -> str:
    lines = ["```mermaid", "erDiagram"]
    for model in tables:
        references = sorted(_references(model), key=lambda field: field.name)
        lines += map(_edge, references)
        if not references:
            lines.append(f"  {model._meta.db_table}")
    return "\n".join([*lines, "```", ""])


def _references(model: type[models.Model]) -> list["models.ForeignKey[Any, Any]"]:
    return [field for field in _columns(model) if isinstance(field, models.ForeignKey)]


def _columns(model: type[models.Model]) -> Iterator[_Field]:
    return (field for field in model._meta.concrete_fields)


def _edge(field: "models.ForeignKey[Any, Any]") -> str:
    at_the_one = "|o" if field.null else "||"
    at_the_many = "o|" if field.unique else "o{"
    target = field.related_model._meta.db_table
    return f"  {target} {at_the_one}--{at_the_many} {field.model._meta.db_table} : {field.name}"


def _table(model: type[models.Model]) -> str:
    head = f"\n### `{model._meta.db_table}`\n\n{_sentence(model)}\n\n"
    rows = "".join(f"| {' | '.join(cells)} |\n" for cells in map(_row, _columns(model)))
    rules = "".join(f"- {rule}\n" for rule in _rules(model))
    return head + "| column | type | null | meaning |\n|---|---|---|---|\n" + rows + (f"\n{rules}" if rules else "")


def _sentence(model: type[models.Model]) -> str:
    return " ".join((model.__doc__ or "").strip().split("\n\n")[0].split())


def _row(field: _Field) -> tuple[str, str, str, str]:
    kind = (field.db_type(connection) or "").replace("|", "\\|")
    return f"`{field.column}`", kind, "yes" if field.null else "", _meaning(field)


def _meaning(field: _Field) -> str:
    parts = [str(field.help_text or field.verbose_name)]
    if isinstance(field, models.ForeignKey):
        parts.append(f"→ `{field.related_model._meta.db_table}`")
    # Of lists as long as those of countries nobody reads the values here.
    if field.choices and len(choices := list(field.flatchoices)) <= 20:
        parts.append(", ".join(f"`{value}`" for value, _label in choices))
    return "; ".join(parts).replace("|", "\\|").replace("\n", " ")


def _rules(model: type[models.Model]) -> Iterator[str]:
    """Yield the constraints, unique columns, indexes and triggers of a table."""
    options = model._meta
    unique = [f"`{field.column}`" for field in _columns(model) if field.unique and not field.primary_key]
    if unique:
        yield f"Unique: {', '.join(unique)}"
    for label, named in {
        "Constraints": options.constraints,
        "Indexes": options.indexes,
        "Triggers": getattr(options, "triggers", ()),
    }.items():
        if names := sorted(str(one.name) for one in named):
            yield f"{label}: {', '.join(f'`{name}`' for name in names)}"
