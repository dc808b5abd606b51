"""Unreadable: data that an ItemReader cannot use."""

from __future__ import annotations


class Unreadable(Exception):
    """Its text is the cause of States.ItemReaderFailed."""
