"""Documents and a Profile → the Orders that they state, each value with its evidence."""

from itertools import islice

from maildaemon.model import Document, Mail, Order
from maildaemon.parse.buyer import with_buyer
from maildaemon.parse.labels import labels
from maildaemon.parse.orders import order
from maildaemon.parse.raw import RawOrder
from maildaemon.parse.sections import raw_orders
from maildaemon.playbook import Profile

__all__ = ["PluginFailed", "orders"]

ORDERS_LIMIT = 201


class PluginFailed(Exception):  # noqa: N818
    """A profile's Python file raised. ``str()`` says in one line what."""


def orders(mail: Mail, documents: tuple[Document, ...], profile: Profile) -> tuple[Order, ...]:
    """Every order that the documents state, none when there is none. Raises nothing but PluginFailed."""
    if profile.plugin is not None:
        raws = _plugged(mail, documents, profile)
    else:
        raws = raw_orders(mail, documents, labels(profile), profile)
    return tuple(order(with_buyer(raw, mail, documents), mail, profile) for raw in raws[:ORDERS_LIMIT])


def _plugged(mail: Mail, documents: tuple[Document, ...], profile: Profile) -> list[RawOrder]:
    assert profile.plugin is not None  # noqa: S101  (the caller has looked)
    try:
        raws = list(islice(profile.plugin(mail, documents), ORDERS_LIMIT))
    except Exception as error:
        raise PluginFailed(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}") from error
    for raw in raws:
        if not isinstance(raw, RawOrder):
            raise PluginFailed(f"it yields {type(raw).__name__}, expected RawOrder")
    return raws
