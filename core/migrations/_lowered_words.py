"""The words of rows as their first indexes had them: in lower case, and otherwise as they were written."""

from django.contrib.postgres.search import SearchVectorField

from core.text.words import Joined


class LoweredParts(Joined):
    """Texts without what joins words and without the Arabic article."""

    template = "replace(translate(' ' || %(expressions)s, '-''’.,/&()', '         '), ' ال', ' ')"


class LoweredWords(Joined):
    """The words of texts, as a tsvector."""

    template = "array_to_tsvector(array_remove(string_to_array(lower(%(expressions)s), ' '), ''))"
    output_field = SearchVectorField()
