"""Daemons that break their promise on purpose, so that the campaign can show that it would notice."""
