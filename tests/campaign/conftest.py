"""What the tests of the campaign share."""

import logging

import pytest


@pytest.fixture
def quiet():
    """Thousands of lives are lived: nothing is logged."""
    logger = logging.getLogger("maildaemon")
    before, logger.disabled = logger.disabled, True
    yield
    logger.disabled = before
