"""What the API and the admin refuse of the catalogue."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode(
        "needed_on_sale",
        (409,),
        "The last picture or active variant of a product on sale.",
        "Take the product off sale first.",
    ),
    ErrorCode("in_use", (409,), "Something refers to it.", "Make it inactive instead."),
    ErrorCode("slug_taken", (422,), "Something else of its kind has this address.", "Choose another."),
    ErrorCode("sku_taken", (422,), "Another variant has this SKU.", "Choose another."),
    ErrorCode("gtin_taken", (422,), "Another variant has this GTIN.", "Check the number; or take it from the other."),
    ErrorCode("combination_taken", (422,), "Another variant of the product has the same options.", "Choose others."),
    ErrorCode("public_id_taken", (422,), "Another picture has this public id.", "Choose another."),
    ErrorCode("unknown_variant", (422,), "The product has no such variant.", "Send ids of its own variants."),
    ErrorCode("unknown_picture", (422,), "The product has no such picture.", "Send public ids of its own pictures."),
    ErrorCode("ambiguous_category", (422,), "Several categories have this name.", "Send the slug of one."),
    ErrorCode("unknown_category", (422,), "There is no such category.", "Send the id or slug of one."),
    ErrorCode(
        "not_ready_for_sale",
        (422,),
        "The product lacks what it takes to be on sale.",
        "Add what `details.lacking` names.",
    ),
    ErrorCode(
        "rows_refused",
        (422,),
        "No row of a bulk call was saved.",
        "Correct the rows that `details.fields` and `details.rows` name.",
    ),
    ErrorCode("cells", (422,), "Cells of the admin's grid are wrong.", "Correct them."),
    ErrorCode("ring", (422,), "A category cannot be below itself.", "Choose another parent."),
    ErrorCode(
        "several_variants", (422,), "The product has several variants.", "Name one by its `sku` or `variant_id`."
    ),
    ErrorCode("compare_at_too_low", (422,), "The price before is not above the price.", "Send a higher one, or none."),
    ErrorCode("primary_needed", (422,), "A product keeps a primary picture.", "Make another one primary."),
    ErrorCode("not_an_object", (422,), "Attributes are no object.", "Send names with values."),
    ErrorCode("too_many_attributes", (422,), "There are too many attributes.", "Send fewer."),
    ErrorCode("attribute_name", (422,), "The name of an attribute is empty or too long.", "Send another."),
    ErrorCode(
        "attribute_value",
        (422,),
        "The value of an attribute is none that can be kept.",
        "Send a text, a number, true or false.",
    ),
    ErrorCode("empty_picture", (422,), "The file is empty.", "Send a picture."),
    ErrorCode("picture_too_large", (422,), "The file has too many bytes.", "Send a smaller one."),
    ErrorCode("too_many_pixels", (422,), "The picture has too many pixels.", "Send a smaller one."),
    ErrorCode("not_a_picture", (422,), "The file is no picture that can be read.", "Send JPEG, PNG, GIF or WebP."),
    ErrorCode("broken_picture", (422,), "The picture is broken.", "Send it anew."),
    ErrorCode("too_large", (422,), "The file to import is too large.", "Send fewer rows."),
    ErrorCode("not_rows", (422,), "The file to import is no list of objects.", "Send one object a row."),
    ErrorCode("repeated_column", (422,), "The file has a column twice.", "Remove one."),
    ErrorCode("too_many_cells", (422,), "The file to import has too many cells.", "Send fewer."),
    ErrorCode("too_many_rows", (422,), "The file to import has too many rows.", "Send fewer."),
    ErrorCode("unknown_column", (422,), "The file has a column that is not known.", "Correct its heading."),
    ErrorCode("unknown_format", (422,), "The file to import has no known format.", "Send CSV, XLSX or JSON."),
    ErrorCode("unreadable_file", (422,), "The file to import is not of its format.", "Save it anew; CSV in UTF-8."),
    ErrorCode("no_rows", (422,), "The file to import has no rows.", "Add some below the heading."),
    ErrorCode("no_sku", (422,), "The file has no column `sku`.", "Add it."),
    ErrorCode("too_long", (422,), "The text is too long.", "Shorten it."),
    ErrorCode("no_values", (422,), "No values are chosen to combine.", "Choose some."),
    ErrorCode("too_many_variants", (422,), "The values would make too many variants.", "Choose fewer."),
    ErrorCode("unknown_placeholder", (422,), "The pattern has an unknown placeholder.", "Correct it."),
    ErrorCode("ambiguous_pattern", (422,), "The pattern gives several variants one SKU.", "Add a placeholder."),
    ErrorCode("invalid_sku", (422,), "Not a SKU that can be kept.", "Send another."),
    ErrorCode("invalid_cell", (422,), "A cell of the admin's grid has no fitting value.", "Correct it."),
    ErrorCode("changed_meanwhile", (422,), "Somebody changed the cell since it was read.", "Read it again."),
    ErrorCode("gone", (422,), "The variant of the row is not there any more.", "Read the grid again."),
    ErrorCode("duplicate_row", (), "Another row has the same product.", "Send one row for each."),
    ErrorCode("sku_differs", (), "A bulk call does not rename a SKU.", "Change the product by itself."),
    ErrorCode(
        "contradiction", (), "Two rows, or two names of a field, say different things.", "Make them say the same."
    ),
    ErrorCode(
        "invalid_gtin", (), "Not a GTIN: other digits, or a check digit that does not fit.", "Send the printed number."
    ),
    ErrorCode("long_name", (), "The name of a category is too long.", "Shorten it."),
)
