"""A workbook (XLSX, XLSB, XLS, ODS) → a Document: its sheets row by row, and what it hides."""

from collections.abc import Callable
from typing import TypeVar

from maildaemon.model import Document
from maildaemon.read import ods_scan, sheet_readers, sheet_regions, sheet_xml, xls_scan, xlsx_scan
from maildaemon.read.care import NO_CARE, Care
from maildaemon.read.package import BadPackage, opened
from maildaemon.read.sheet_readers import Grid

T = TypeVar("T")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
XLS = "application/vnd.ms-excel"
SIZE_LIMIT = 25 * 2**20
_DIED = "the reader for spreadsheets died on it"


def read_sheet(name: str, data: bytes, media_type: str, care: Care = NO_CARE) -> Document:
    """Never raises for what the bytes are."""
    problem = "it is larger than 25 MiB" if len(data) > SIZE_LIMIT else None
    grids: list[Grid] = []
    oddities: list[str] = []
    if problem is None:
        try:
            grids = _grids(data, media_type, care, oddities)
        except BadPackage as error:
            problem = str(error)
        except MemoryError:
            problem = "the spreadsheet needs more memory than it is given"
        except Exception:
            problem = "the spreadsheet is damaged, or of a form that is not known"
    if problem is not None:
        return Document(name, media_type, problem=problem, size=len(data))
    return sheet_regions.document(name, media_type, grids, oddities, len(data))


def _grids(data: bytes, media_type: str, care: Care, oddities: list[str]) -> list[Grid]:
    if sheet_xml.MARK in data[:2000]:
        return list(sheet_xml.grids(data, oddities))
    known = xlsx_scan.Scan()
    second = False
    if media_type == XLS:
        known = _looked_at(xls_scan.scan, data, data, care)
    else:
        with opened(data) as package:
            if media_type == ODS:
                known = _looked_at(ods_scan.scan, package, data, care)
            elif "xl/workbook.bin" not in package.namelist():
                known, second = _looked_at(xlsx_scan.scan, package, data, care), True
            else:
                oddities.append("of an XLSB it cannot be seen what is hidden and how its numbers are shown")
    boxed = all(sheet.rows * sheet.columns <= xlsx_scan.BOX for sheet in known.sheets.values())
    if known.notes:
        oddities.append("cells have notes or comments, which were not read")
    if known.struck:
        oddities.append("a part of a cell's text is struck through")
    if known.pictures:
        oddities.append("it has pictures, which were not read")
    if not boxed and not second:
        raise BadPackage("its cells lie too far apart")
    attempt = Care.attempt(data, "calamine")
    if boxed and care.may(attempt):
        told = list(oddities)
        care.tell(attempt)
        try:
            return list(sheet_readers.calamine(data, known, oddities))
        except BadPackage:
            raise
        except Exception as error:
            if type(error).__name__ == "PasswordError" or "password" in str(error).lower():
                raise BadPackage("the spreadsheet is password-protected") from None
            if not second:
                raise BadPackage("the spreadsheet is damaged") from error
            oddities[:] = told
        finally:
            care.tell("")
    return _second(data, known, care, oddities, able=second)


def _looked_at(scan: Callable[[T], xlsx_scan.Scan], package: T, data: bytes, care: Care) -> xlsx_scan.Scan:
    attempt = Care.attempt(data, "lxml")
    if not care.may(attempt):
        raise BadPackage(_DIED)
    care.tell(attempt)
    try:
        return scan(package)
    finally:
        care.tell("")


def _second(data: bytes, known: xlsx_scan.Scan, care: Care, oddities: list[str], *, able: bool) -> list[Grid]:
    """The next reader in the chain, when the first one failed or died."""
    attempt = Care.attempt(data, "openpyxl")
    if not able or not care.may(attempt):
        raise BadPackage(_DIED)
    care.tell(attempt)
    try:
        return list(sheet_readers.openpyxl(data, known, oddities))
    finally:
        care.tell("")
