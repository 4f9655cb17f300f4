"""The files that products leave and come in: CSV, XLSX and JSON, bounded, and harmless to spreadsheets.

A request reads the first MOST_ROWS rows of a file, and a task all of them, IMPORT_MAX_ROWS at most.
"""

import codecs
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import openpyxl
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from import_export.formats import base_formats
from tablib import Dataset

from catalog.bulk.portable import ABSENT, MOST_ROWS, UNCALCULATED, text_of
from core.errors import InvalidInput
from core.text.codes import plain_code

_MOST_UNPACKED = 60 * 1024 * 1024
# No workbook has more parts, and none of its large ones shrinks to a hundredth: what does was made to fill the memory.
_MOST_PARTS, _MOST_SHRUNK, _LARGE = 1_000, 100, 1024 * 1024
# So many times as far down as there may be rows are they looked for: a row may call itself the three millionth.
_EMPTY_ROWS = 10
# More than products have, so that a file with as many is refused for one of these. All its cells would fill the memory.
_MOST_COLUMNS = 100
# What a spreadsheet takes for a formula when a cell starts with it, and the apostrophe that keeps it from doing so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_GUARD = "'"
_SEPARATOR_LINE = re.compile(r"""\s*"?sep=(.)"?[^\S\n]*\r?\n""", re.IGNORECASE)


class Table(Dataset):
    """Rows below the names of their columns."""

    # Whether the file has more rows than were read.
    goes_on = False


def numbered_rows(dataset: Dataset, first_row: int) -> list[tuple[int, dict[str, Any]]]:
    """The rows that are not empty, each with its number in the file."""
    headers = dataset.headers or []
    rows = ((number, dict(zip(headers, row, strict=True))) for number, row in enumerate(dataset, first_row))
    return [(number, row) for number, row in rows if any(text_of(cell) for cell in row.values())]


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

    def create_dataset(self, in_stream: bytes | str, *, whole: bool = False, **kwargs: Any) -> Table:
        text = _decoded(in_stream).removeprefix("\ufeff")
        # Excel's own line about the separator is no row.
        said = _SEPARATOR_LINE.match(text)
        text = text[said.end() :] if said else text
        head = text.partition("\n")[0]
        separator = said[1] if said else max(",;\t|", key=head.count)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        return _table((row[:_MOST_COLUMNS] for row in rows), whole)


class XlsxFile(base_formats.XLSX):
    """The first sheet of a workbook."""

    first_row = 2

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        made: bytes = super().export_data(_guarded_rows(dataset), **kwargs)
        return made

    def create_dataset(self, in_stream: bytes, *, whole: bool = False) -> Table:
        with zipfile.ZipFile(io.BytesIO(in_stream)) as packed:
            if _is_bomb(packed.infolist()):
                raise InvalidInput(_("This workbook is too large. Save it with fewer rows."), code="too_large")
        book = openpyxl.load_workbook(io.BytesIO(in_stream), read_only=True, data_only=True)
        # Values only: a formula comes as what it last was.
        last = _last_row(whole) + 1
        rows = _rows_of(book, last)
        return _table(_with_formulas(rows, in_stream, last) if _has_formulas(in_stream) else rows, whole)


class JsonFile(base_formats.JSON):
    """A list of objects, one a row."""

    first_row = 1

    def create_dataset(self, in_stream: bytes | str, *, whole: bool = False, **kwargs: Any) -> Table:
        rows = json.loads(_decoded(in_stream).removeprefix("\ufeff"))
        if isinstance(rows, list) and len(rows) > (last := _last_row(whole=True)):
            raise _too_far_down(last)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InvalidInput(_("The file has to be a list of objects, one a row."), code="not_rows")
        # Half a surrogate pair is a text in JSON and in no database.
        json.dumps(rows, ensure_ascii=False).encode()
        headers = list(dict.fromkeys(name for row in rows for name in row))[:_MOST_COLUMNS]
        return _dataset(headers, ([row.get(name, ABSENT) for name in headers] for row in rows), whole)


FORMATS: list[type[CsvFile] | type[XlsxFile] | type[JsonFile]] = [CsvFile, XlsxFile, JsonFile]
# By the ending of their names.
EXTENSIONS = {kind().get_extension(): kind for kind in FORMATS}


def _is_bomb(parts: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether a workbook unpacks to more than a file of products can; nothing is unpacked to find out."""
    unpacked = sum(part.file_size for part in parts)
    shrunk = any(part.file_size > max(_LARGE, part.compress_size * _MOST_SHRUNK) for part in parts)
    return unpacked > _MOST_UNPACKED or len(parts) > _MOST_PARTS or shrunk


def _most_rows(whole: bool) -> int:
    most: int = settings.IMPORT_MAX_ROWS
    return most if whole else min(most, MOST_ROWS)


def _last_row(whole: bool) -> int:
    return _most_rows(whole) * _EMPTY_ROWS


def _too_far_down(last: int) -> InvalidInput:
    message = _("The file goes on below row %(row)d. Delete the empty rows at its end, or split it.")
    return InvalidInput(message % {"row": last}, code="too_many_rows")


def _too_many_rows() -> InvalidInput:
    message = _("The file has more than %(most)d rows. Split it.")
    return InvalidInput(message % {"most": settings.IMPORT_MAX_ROWS}, code="too_many_rows")


def _guarded_rows(dataset: Dataset) -> Dataset:
    safe = Dataset(headers=dataset.headers)
    for row in dataset:
        safe.append([guarded(cell) for cell in row])
    return safe


def _rows_of(book: openpyxl.Workbook, last: int) -> Iterator[Sequence[Any]]:
    rows: Iterator[Sequence[Any]] = book.worksheets[0].iter_rows(values_only=True, max_col=_MOST_COLUMNS, max_row=last)
    return rows


def _has_formulas(workbook: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        sheets = [name for name in packed.namelist() if name.startswith("xl/worksheets/")]
        return any(re.search(rb"<(\w+:)?f[ >/]", packed.read(name)) for name in sheets)


def _with_formulas(rows: Iterable[Sequence[Any]], workbook: bytes, last: int) -> Iterator[list[Any]]:
    """The values, and in place of those that were never calculated a mark: they would pass for empty cells."""
    book = openpyxl.load_workbook(io.BytesIO(workbook), read_only=True)
    for values, formulas in zip(rows, _rows_of(book, last), strict=False):
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


def _table(rows: Iterable[Iterable[Any]], whole: bool) -> Table:
    """A table whose first row names its columns."""
    lines = iter(rows)
    headers = [plain_code(str(cell or "")).lower() for cell in next(lines, ())]
    while headers and not headers[-1]:
        headers.pop()
    if repeated := [name for name in headers if headers.count(name) > 1]:
        message = _("The column “%(name)s” is there twice.") % {"name": repeated[0][:80]}
        raise InvalidInput(message, code="repeated_column")
    return _dataset(headers, _fitted(lines, len(headers)), whole)


def _fitted(lines: Iterator[Iterable[Any]], width: int) -> Iterator[list[Any]]:
    for number, line in enumerate(lines, 2):
        cells = [unguarded(cell) for cell in line]
        if any(cell not in (None, "") for cell in cells[width:]):
            message = _("Row %(row)d has more cells than there are columns.") % {"row": number}
            raise InvalidInput(message, code="too_many_cells")
        yield [*cells[:width], *[None] * (width - len(cells))]


def _dataset(headers: list[str], rows: Iterable[list[Any]], whole: bool) -> Table:
    dataset = Table(headers=headers)
    most, last = _most_rows(whole), _last_row(whole)
    blank = 0
    for number, row in enumerate(rows, 1):
        if number >= last:
            raise _too_far_down(last)
        # Rows that were emptied at the end of a sheet are no rows; those between keep the others' numbers.
        if all(cell in (None, "") for cell in row):
            blank += 1
            continue
        if len(dataset) + blank >= most:
            if most == settings.IMPORT_MAX_ROWS:
                raise _too_many_rows()
            dataset.goes_on = True
            break
        for _gap in range(blank):
            dataset.append([None] * len(headers))
        blank = 0
        dataset.append(row)
    return dataset
