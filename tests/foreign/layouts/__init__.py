"""The layout families; each is a document somebody's program, template or habit makes."""

from tests.foreign.layouts import edi, erp, lists, mails, sheets, shops, small, xml
from tests.foreign.layouts.base import Layout, Made

ALL: tuple[Layout, ...] = (
    *erp.LAYOUTS, *small.LAYOUTS, *mails.LAYOUTS, *shops.LAYOUTS, *sheets.LAYOUTS, *lists.LAYOUTS, *edi.LAYOUTS, *xml.LAYOUTS
)  # fmt: skip

__all__ = ["ALL", "Layout", "Made"]
