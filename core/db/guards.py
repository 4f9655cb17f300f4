"""What holds of the database's own guards, of origins, and of columns that exist once a language."""

from collections.abc import Iterable

from django.apps import apps
from django.db import models
from modeltranslation.settings import DEFAULT_LANGUAGE
from modeltranslation.translator import translator
from modeltranslation.utils import build_localized_fieldname

from core.integrity import Check
from core.models import OriginModel


def _origins() -> str:
    """Each table that is imported into."""
    tables = sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, OriginModel))
    return " UNION ALL ".join(
        f"""
        SELECT min(id::text) AS id, '{table} ' || source || ' ' || source_key AS subject, 'one row' AS expected,
               count(*) || ' rows' AS actual
          FROM {table} WHERE source IS NOT NULL AND source_key IS NOT NULL
         GROUP BY source, source_key HAVING count(*) > 1
         UNION ALL
        SELECT id::text, '{table}', 'a source with a key, or neither', coalesce(source, source_key)
          FROM {table} WHERE (source IS NULL) <> (source_key IS NULL)
        """  # noqa: S608  names of tables
        for table in tables
    )


def _translations() -> str:
    translated = [model for model in translator.get_registered_models(abstract=False) if model._meta.managed]
    return " UNION ALL ".join(query for model in translated for query in _of_model(model))


def _of_model(model: type[models.Model]) -> Iterable[str]:
    options, table = translator.get_options_for_model(model), model._meta.db_table
    required = set(options.required_languages)
    for name in options.all_fields:
        default = build_localized_fieldname(name, DEFAULT_LANGUAGE)
        yield f"""
            SELECT id::text, '{table}.{name}' AS subject, coalesce({default}, '') AS expected, {name} AS actual
              FROM {table} WHERE {name} IS DISTINCT FROM coalesce({default}, '')
        """  # noqa: S608  names of columns
        if name == "name" and DEFAULT_LANGUAGE in required:
            # Drafts may be without one.
            shown = "is_active" if any(field.name == "is_active" for field in model._meta.fields) else "true"
            yield f"""
                SELECT id::text, '{table}.{default}', 'a name', coalesce({default}, 'NULL')
                  FROM {table} WHERE coalesce({default}, '') !~ '\\S' AND {shown}
            """  # noqa: S608  names of columns


GUARDS = (
    Check(
        code="guards",
        title="Every trigger is switched on, every constraint is validated, every index is valid.",
        query="""
            SELECT t.oid AS id, t.tgrelid::regclass || '.' || t.tgname AS subject, 'on' AS expected, 'off' AS actual
              FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
             WHERE c.relnamespace = 'public'::regnamespace AND t.tgenabled IN ('D', 'R')
             UNION ALL
            SELECT oid, conrelid::regclass || '.' || conname, 'validated', 'not validated' FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace AND NOT convalidated
             UNION ALL
            SELECT i.indexrelid, i.indexrelid::regclass::text, 'valid', 'invalid'
              FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
             WHERE c.relnamespace = 'public'::regnamespace AND NOT (i.indisvalid AND i.indisready)
        """,
    ),
    Check(
        code="origins",
        title="A row from elsewhere has its whole origin, and no other row of its table has the same.",
        query=_origins,
    ),
    Check(
        code="translations",
        title="A translated column holds what its default language's column holds, and no name is missing there.",
        query=_translations,
    ),
)
