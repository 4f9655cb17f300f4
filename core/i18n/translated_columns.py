"""Keeps the plain column of a translated one what its default language's says, whoever writes, in any language.

The ORM fills the plain column with the text of the active language or of the first that has one, so that a row with a
French description and no English one had a French plain column. What is shown falls back column by column either way.
"""

import pgtrigger
from modeltranslation.settings import DEFAULT_LANGUAGE
from modeltranslation.utils import build_localized_fieldname

NAME = "plain_columns"


def plain_columns(*names: str) -> pgtrigger.Trigger:
    """The trigger of a model for its translated columns."""
    texts = {name: f"coalesce(NEW.\"{build_localized_fieldname(name, DEFAULT_LANGUAGE)}\", '')" for name in names}
    differs = " OR ".join(f'NEW."{name}" IS DISTINCT FROM {text}' for name, text in texts.items())
    takes = " ".join(f'NEW."{name}" := {text};' for name, text in texts.items())
    return pgtrigger.Trigger(
        name=NAME,
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Condition(differs),
        func=f"{takes} RETURN NEW;",
    )
