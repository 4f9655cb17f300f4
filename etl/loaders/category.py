"""Categories, each a root of the tree."""

from etl.context import Context, Loader
from etl.entities import Entity, lines, text
from etl.upsert import free_slug, in_english, upsert

CATEGORY = Entity(
    name="category",
    table="catalog_category",
    fields=(text("name", 200, required=True), lines("description", 10_000)),
    held="SELECT source_key FROM catalog_category WHERE source = {source}",
)

# Positions grow by tens, as the tree's own save() does.
_POSITION = """
    (SELECT coalesce(max(position), 0) FROM catalog_category WHERE parent_id IS NULL)
    + 10 * row_number() OVER (ORDER BY r._row)
"""


def _load(context: Context) -> None:
    upsert(
        context,
        table="catalog_category",
        entity=CATEGORY,
        values=in_english("name", "description"),
        first={"id": "r.id", "slug": free_slug("catalog_category", "category"), "position": _POSITION},
    )


CATEGORY_LOADER = Loader(entities=(CATEGORY,), load=_load)
