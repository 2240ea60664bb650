"""A ZIP archive → its entries, bounded, one level deep: an archive inside is not opened."""

from collections.abc import Iterator

from maildaemon.read.package import BadPackage, content, opened

ENTRIES = 100


def entries(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file. Raises BadPackage for an archive beyond a bound."""
    with opened(data, ENTRIES) as package:
        total = 0
        for info in package.infolist():
            name = info.filename.rpartition("/")[2]
            # What a Mac lays beside each file.
            if info.is_dir() or info.filename.startswith("__MACOSX/") or name in {".DS_Store", "Thumbs.db"}:
                continue
            found = content(package, info.filename)
            total += len(found)
            if total > 100 * 2**20:
                raise BadPackage("unpacked, it is too large")
            yield info.filename, found
