"""The files that products leave and come in: CSV, XLSX and JSON, bounded, and harmless to spreadsheets."""

import codecs
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import openpyxl
from django.utils.translation import gettext_lazy as _
from import_export.formats import base_formats
from tablib import Dataset

from catalog.portable import ABSENT, MOST_ROWS, UNCALCULATED
from core.errors import InvalidInput
from core.plain_text import plain_code

_MOST_UNPACKED = 60 * 1024 * 1024
# No workbook has more parts, and none of its large ones shrinks to a hundredth: what does was made to fill the memory.
_MOST_PARTS, _MOST_SHRUNK, _LARGE = 1_000, 100, 1024 * 1024
# So far down are rows looked for, empty ones between them counted: a row may call itself the three millionth.
_LAST_ROW = MOST_ROWS * 10
# More than products have, so that a file with as many is refused for one of these. All its cells would fill the memory.
_MOST_COLUMNS = 100
# What a spreadsheet takes for a formula when a cell starts with it, and the apostrophe that keeps it from doing so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_GUARD = "'"
_SEPARATOR_LINE = re.compile(r"""\s*"?sep=(.)"?[^\S\n]*\r?\n""", re.IGNORECASE)


def guarded(cell: Any) -> Any:
    """A text that no spreadsheet calculates; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith((*_FORMULA, _GUARD)):
        return _GUARD + cell
    return cell


def unguarded(cell: Any) -> Any:
    """The text that `guarded` was given."""
    if isinstance(cell, str) and cell[:1] == _GUARD and cell[1:].startswith((*_FORMULA, _GUARD)):
        return cell[1:]
    return cell


class CsvFile(base_formats.CSV):
    """UTF-8 with the mark by which spreadsheets know it.

    Read with commas, semicolons, tabs or bars, as the first line says or shows, in UTF-8, UTF-16 or Windows-1252.
    """

    first_row = 2

    def export_data(self, dataset: Dataset, **kwargs: Any) -> str:
        return "\ufeff" + str(super().export_data(_guarded_rows(dataset), **kwargs))

    def create_dataset(self, in_stream: bytes | str, **kwargs: Any) -> Dataset:
        text = _decoded(in_stream).removeprefix("\ufeff")
        # Excel's own line about the separator is no row.
        said = _SEPARATOR_LINE.match(text)
        text = text[said.end() :] if said else text
        head = text.partition("\n")[0]
        separator = said[1] if said else max(",;\t|", key=head.count)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        return _table(row[:_MOST_COLUMNS] for row in rows)


class XlsxFile(base_formats.XLSX):
    """The first sheet of a workbook."""

    first_row = 2

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        made: bytes = super().export_data(_guarded_rows(dataset), **kwargs)
        return made

    def create_dataset(self, in_stream: bytes) -> Dataset:
        with zipfile.ZipFile(io.BytesIO(in_stream)) as packed:
            if _is_bomb(packed.infolist()):
                raise InvalidInput(_("This workbook is too large. Save it with fewer rows."), code="too_large")
        book = openpyxl.load_workbook(io.BytesIO(in_stream), read_only=True, data_only=True)
        # Values only: a formula comes as what it last was.
        rows = _rows_of(book)
        return _table(_with_formulas(rows, in_stream) if _has_formulas(in_stream) else rows)


class JsonFile(base_formats.JSON):
    """A list of objects, one a row."""

    first_row = 1

    def create_dataset(self, in_stream: bytes | str, **kwargs: Any) -> Dataset:
        rows = json.loads(_decoded(in_stream).removeprefix("\ufeff"))
        if isinstance(rows, list) and len(rows) > _LAST_ROW:
            raise _too_far_down()
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InvalidInput(_("The file has to be a list of objects, one a row."), code="not_rows")
        # Half a surrogate pair is a text in JSON and in no database.
        json.dumps(rows, ensure_ascii=False).encode()
        headers = list(dict.fromkeys(name for row in rows for name in row))[:_MOST_COLUMNS]
        return _dataset(headers, ([row.get(name, ABSENT) for name in headers] for row in rows))


FORMATS = [CsvFile, XlsxFile, JsonFile]


def _is_bomb(parts: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether a workbook unpacks to more than a file of products can; nothing is unpacked to find out."""
    unpacked = sum(part.file_size for part in parts)
    shrunk = any(part.file_size > max(_LARGE, part.compress_size * _MOST_SHRUNK) for part in parts)
    return unpacked > _MOST_UNPACKED or len(parts) > _MOST_PARTS or shrunk


def _too_far_down() -> InvalidInput:
    message = _("The file goes on below row %(row)d. Delete the empty rows at its end, or split it.")
    return InvalidInput(message % {"row": _LAST_ROW}, code="too_many_rows")


def _guarded_rows(dataset: Dataset) -> Dataset:
    safe = Dataset(headers=dataset.headers)
    for row in dataset:
        safe.append([guarded(cell) for cell in row])
    return safe


def _rows_of(book: openpyxl.Workbook) -> Iterator[Sequence[Any]]:
    rows: Iterator[Sequence[Any]] = book.worksheets[0].iter_rows(
        values_only=True, max_col=_MOST_COLUMNS, max_row=_LAST_ROW + 1
    )
    return rows


def _has_formulas(workbook: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        sheets = [name for name in packed.namelist() if name.startswith("xl/worksheets/")]
        return any(re.search(rb"<(\w+:)?f[ >/]", packed.read(name)) for name in sheets)


def _with_formulas(rows: Iterable[Sequence[Any]], workbook: bytes) -> Iterator[list[Any]]:
    """The values, and in place of those that were never calculated a mark: they would pass for empty cells."""
    book = openpyxl.load_workbook(io.BytesIO(workbook), read_only=True)
    for values, formulas in zip(rows, _rows_of(book), strict=False):
        yield [
            UNCALCULATED if value is None and str(formula or "").startswith("=") else value
            for value, formula in zip(values, formulas, strict=False)
        ]


def _decoded(content: bytes | str) -> str:
    """Text in the encoding that its mark or its bytes show. Raises InvalidInput for what is no text."""
    if isinstance(content, str):
        return content
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets of western Europe write if they are not asked for UTF-8; it has a few holes.
        return content.decode("cp1252")


def _table(rows: Iterable[Iterable[Any]]) -> Dataset:
    """A table whose first row names its columns."""
    lines = iter(rows)
    headers = [plain_code(str(cell or "")).lower() for cell in next(lines, ())]
    while headers and not headers[-1]:
        headers.pop()
    if repeated := [name for name in headers if headers.count(name) > 1]:
        message = _("The column “%(name)s” is there twice.") % {"name": repeated[0][:80]}
        raise InvalidInput(message, code="repeated_column")
    return _dataset(headers, _fitted(lines, len(headers)))


def _fitted(lines: Iterator[Iterable[Any]], width: int) -> Iterator[list[Any]]:
    for number, line in enumerate(lines, 2):
        cells = [unguarded(cell) for cell in line]
        if any(cell not in (None, "") for cell in cells[width:]):
            message = _("Row %(row)d has more cells than there are columns.") % {"row": number}
            raise InvalidInput(message, code="too_many_cells")
        yield [*cells[:width], *[None] * (width - len(cells))]


def _dataset(headers: list[str], rows: Iterable[list[Any]]) -> Dataset:
    dataset = Dataset(headers=headers)
    blank = 0
    for number, row in enumerate(rows, 1):
        if number >= _LAST_ROW:
            raise _too_far_down()
        # Rows that were emptied at the end of a sheet are no rows; those between keep the others' numbers.
        if all(cell in (None, "") for cell in row):
            blank += 1
            continue
        if len(dataset) + blank >= MOST_ROWS:
            message = _("The file has more than %(most)d rows. Split it.") % {"most": MOST_ROWS}
            raise InvalidInput(message, code="too_many_rows")
        for _gap in range(blank):
            dataset.append([None] * len(headers))
        blank = 0
        dataset.append(row)
    return dataset
