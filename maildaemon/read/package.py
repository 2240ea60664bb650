"""The entries of a ZIP package (XLSX, DOCX, ODS, archives): their sizes and ratios looked at before one is inflated."""

import io
import zipfile

ENTRIES, ENTRY_SIZE, SUM, RATIO = 1000, 50 * 2**20, 100 * 2**20, 100
_SMALL = 2**20
"""Below it a high ratio harms nobody: blank cells and repeated styles compress well."""


class BadPackage(Exception):  # noqa: N818
    """``str()`` says in plain words why the package is not opened."""


def opened(data: bytes, entries: int = ENTRIES) -> zipfile.ZipFile:
    """The package, when its own list of entries stays within the bounds. Raises BadPackage."""
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, RecursionError) as error:
        raise BadPackage("the file is damaged or cut off") from error
    infos = package.infolist()
    if len(infos) > entries:
        raise BadPackage(f"it has more than {entries} entries")
    if any(info.flag_bits & 1 for info in infos):
        raise BadPackage("it is password-protected")
    if sum(info.file_size for info in infos) > SUM or any(info.file_size > ENTRY_SIZE for info in infos):
        raise BadPackage("unpacked, it is too large")
    if any(info.file_size > _SMALL and info.file_size > RATIO * max(1, info.compress_size) for info in infos):
        raise BadPackage("it is packed more than a hundredfold, as no honest file is")
    return package


def content(package: zipfile.ZipFile, name: str, most: int = ENTRY_SIZE) -> bytes:
    """One entry. No more is inflated than the list says, and a list that lies is found out by the checksum. Raises
    BadPackage."""
    try:
        if package.getinfo(name).file_size > most:
            raise BadPackage("unpacked, it is too large")
        return package.read(name)
    except BadPackage:
        raise
    except Exception as error:
        raise BadPackage("what is packed in it is damaged") from error
