"""Who answers."""

from dataclasses import dataclass, field

from maildaemon.reply.layouts import Layouts, shipped


@dataclass(frozen=True, slots=True)
class Identity:
    """``contact`` says whom a client may ask, in one line; ``tracker_url`` has no slash at its end; ``envelope_from``
    None stands for ``address``; ``layouts`` is how an acknowledgement looks."""

    name: str
    address: str
    contact: str
    language: str = "en"
    tracker_url: str | None = None
    envelope_from: str | None = None
    layouts: Layouts = field(default_factory=shipped, compare=False, repr=False)
