"""Sends messages of the kind "notice" to one address."""
