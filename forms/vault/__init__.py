"""Encrypted answers, blind indexes, consent and the access log."""
