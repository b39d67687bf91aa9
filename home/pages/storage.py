"""Where originals and documents lie."""

from __future__ import annotations

from django.core.files.storage import FileSystemStorage


class NoAddress(NotImplementedError, AttributeError):
    """What Wagtail expects of a storage without addresses, and what Django's file input takes for
    "there is none"; a template shows nothing for it."""

    silent_variable_failure = True


class PrivateStorage(FileSystemStorage):
    """Files that have no address: they are read through a view that asks for permission."""

    def url(self, name: str | None) -> str:
        raise NoAddress("A private file has no address.")
