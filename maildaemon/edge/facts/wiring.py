"""Sources of facts out of the settings."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from maildaemon.catalogue import Catalogue
from maildaemon.edge import credentials
from maildaemon.edge.facts.database import DatabaseFacts
from maildaemon.edge.facts.endpoint import EndpointFacts
from maildaemon.edge.facts.ledger import LedgerFacts
from maildaemon.edge.facts.provider import Provider
from maildaemon.edge.facts.sources import Source, Sources
from maildaemon.facts import FactKind
from maildaemon.settings import ConfigError
from maildaemon.settings_facts import FactSettings


def sources(settings: Sequence[FactSettings], catalogue: Callable[[], Catalogue]) -> Sources:
    """``catalogue`` is that of the ledger's tables. Nothing is connected yet. Raises ConfigError."""
    return Sources([source(one, catalogue) for one in settings])


def source(one: FactSettings, catalogue: Callable[[], Catalogue]) -> Source:
    """Raises ConfigError."""
    return Source(
        _provider(one, catalogue),
        seconds=one.timeout,
        hours=one.hours,
        cache_seconds=0 if one.ledger else one.cache_seconds,
        parallel=one.parallel,
    )


def _provider(one: FactSettings, catalogue: Callable[[], Catalogue]) -> Provider:
    kind, behind = FactKind(one.kind), timedelta(minutes=one.behind_minutes)
    if one.url is None:
        return LedgerFacts(kind, one.source, catalogue, behind)
    named = any((one.password_file, one.password_env, one.credential, one.token_command))
    secret = credentials.of(one) if named else None
    if not one.is_endpoint:
        return DatabaseFacts(
            kind,
            one.source,
            one.url,
            one.query or "",
            secret=secret,
            ca_file=one.ca_file,
            seconds=one.timeout,
            parallel=one.parallel,
            behind=behind,
        )
    try:
        return EndpointFacts(
            kind,
            one.source,
            one.url,
            secret=secret,
            user=one.user,
            header=one.header,
            ca_file=one.ca_file,
            at=one.at,
            fields=one.fields,
            seconds=one.timeout,
            behind=behind,
        )
    except OSError as error:
        raise ConfigError(f"facts {one.source}: ca_file: {error.strerror or error}") from None
