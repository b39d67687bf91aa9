"""Routing, cases and the desk."""
