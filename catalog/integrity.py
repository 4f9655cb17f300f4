"""What holds of the catalogue: derived columns, and what a product takes to be on sale."""

from django.db import connection
from psycopg import sql

from catalog.search.rows import outdated_products
from core.integrity import Check

# A relay at work has marks taken within seconds, and the last of 100,000 within minutes.
_PATIENCE = "15 minutes"


def _search_text() -> str:
    """Folding needs Python, so that what is wrong is found here, and only shown by the query."""
    with connection.cursor() as cursor:
        # What a few products need is a few rows of large tables.
        cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
    found = list(outdated_products())
    query = sql.SQL("""
        SELECT product.id, product.slug AS subject, found.text AS expected, product.search_text AS actual
          FROM unnest({ids}::uuid[], {texts}::text[]) AS found (id, text) JOIN catalog_product AS product USING (id)
    """).format(ids=sql.Literal([pk for pk, _ in found]), texts=sql.Literal([text for _, text in found]))
    return query.as_string(connection.connection)


CATALOG = (
    Check(
        code="catalog.from_price",
        title="A product's lowest price is that of its cheapest active variant while product and category are active.",
        query="""
            SELECT product.id, product.slug AS subject, coalesce(cheapest.price::text, 'none') AS expected,
                   coalesce(product.from_price_minor::text, 'none') AS actual
              FROM catalog_product AS product
              JOIN catalog_category AS category ON category.id = product.category_id
              LEFT JOIN (SELECT product_id, min(price_minor) AS price FROM catalog_variant WHERE is_active GROUP BY 1)
                     AS variants ON variants.product_id = product.id
             CROSS JOIN LATERAL (
                  SELECT CASE WHEN product.is_active AND category.is_active THEN variants.price END AS price
                   ) AS cheapest
             WHERE product.from_price_minor IS DISTINCT FROM cheapest.price
        """,
    ),
    Check(
        code="catalog.on_sale",
        title="A product on sale has a name, a primary picture and an active variant.",
        query="""
            SELECT product.id, product.slug AS subject, 'name, picture and variant' AS expected,
                   concat_ws(', ', CASE WHEN coalesce(name_en, '') !~ '\\S' THEN 'no name' END,
                             CASE WHEN picture.product_id IS NULL THEN 'no primary picture' END,
                             CASE WHEN variant.product_id IS NULL THEN 'no active variant' END) AS actual
              FROM catalog_product AS product
              LEFT JOIN (SELECT DISTINCT product_id FROM catalog_productimage WHERE is_primary) AS picture
                     ON picture.product_id = product.id
              LEFT JOIN (SELECT DISTINCT product_id FROM catalog_variant WHERE is_active) AS variant
                     ON variant.product_id = product.id
             WHERE product.is_active
               AND (coalesce(name_en, '') !~ '\\S' OR picture.product_id IS NULL OR variant.product_id IS NULL)
        """,
    ),
    Check(
        code="catalog.primary_picture",
        title="A product with pictures has exactly one primary picture.",
        query="""
            SELECT product.id, product.slug AS subject, 1 AS expected, pictures.primaries AS actual
              FROM (SELECT product_id, count(*) FILTER (WHERE is_primary) AS primaries FROM catalog_productimage
                     GROUP BY product_id) AS pictures
              JOIN catalog_product AS product ON product.id = pictures.product_id
             WHERE pictures.primaries <> 1
        """,
    ),
    Check(
        code="catalog.options_key",
        title="A variant's key stands for its option values, and no other variant of the product has the same.",
        query="""
            SELECT variant.id, variant.sku AS subject, coalesce(true_key.key::text, 'none') AS expected,
                   coalesce(variant.options_key::text, 'none') AS actual
              FROM catalog_variant AS variant
              LEFT JOIN (SELECT variant_id, md5(string_agg(value_id::text, ',' ORDER BY value_id))::uuid AS key
                           FROM catalog_variantoption GROUP BY variant_id) AS true_key
                     ON true_key.variant_id = variant.id
             WHERE variant.options_key IS DISTINCT FROM true_key.key
             UNION ALL
            SELECT min(id::text)::uuid, string_agg(sku, ', ' ORDER BY sku), 'one variant', count(*) || ' variants'
              FROM catalog_variant WHERE options_key IS NOT NULL
             GROUP BY product_id, options_key HAVING count(*) > 1
        """,
    ),
    Check(
        code="catalog.option_values",
        title="The value that a variant has of an option is one of that option's.",
        query="""
            SELECT chosen.id, variant.sku AS subject, value.option_type_id AS expected, chosen.option_type_id AS actual
              FROM catalog_variantoption AS chosen
              JOIN catalog_optionvalue AS value ON value.id = chosen.value_id
              JOIN catalog_variant AS variant ON variant.id = chosen.variant_id
             WHERE value.option_type_id <> chosen.option_type_id
        """,
    ),
    Check(
        code="catalog.media.variant_pictures",
        title="A picture that shows a variant is one of the same product.",
        query="""
            SELECT link.id, variant.sku AS subject, variant.product_id AS expected,
                   image.product_id || ' by ' || link.product_id AS actual
              FROM catalog_variantpicture AS link
              JOIN catalog_variant AS variant ON variant.id = link.variant_id
              JOIN catalog_productimage AS image ON image.id = link.image_id
             WHERE (image.product_id, link.product_id) IS DISTINCT FROM (variant.product_id, variant.product_id)
        """,
    ),
    Check(
        code="catalog.category_tree",
        title="Every category is below a root, and none below itself.",
        query="""
            SELECT category.id, category.slug AS subject, 'below a root' AS expected, 'in a circle' AS actual
              FROM catalog_category AS category
             WHERE category.id NOT IN (
                   WITH RECURSIVE below AS (
                        SELECT id FROM catalog_category WHERE parent_id IS NULL
                         UNION SELECT child.id FROM catalog_category AS child JOIN below ON child.parent_id = below.id)
                   SELECT id FROM below)
        """,
    ),
    Check(
        code="catalog.search_text",
        title="A product is found by the words of its names, category, SKUs and options as they are, or has a mark.",
        query=_search_text,
    ),
    Check(
        code="catalog.search_marks",
        title="What products are found by was looked at within a quarter of an hour after it changed.",
        query=f"""
            SELECT id, kind || ' ' || subject_id AS subject, 'taken' AS expected, 'waits since ' || marked_at AS actual
              FROM catalog_searchmark WHERE marked_at < now() - interval '{_PATIENCE}'
        """,  # noqa: S608  composed of constants
    ),
)
