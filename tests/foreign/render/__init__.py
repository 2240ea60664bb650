"""Blocks drawn in each format."""
