"""Documents of the public site, where Wagtail's own view is not enough."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.static import serve as serve_file
from wagtail import hooks
from wagtail.documents.models import document_served
from wagtail.documents.views.serve import serve

from home.pages.films import is_media, media_response
from home.pages.models import SiteDocument

# What file systems take for the name of a file, in bytes.
LONGEST_NAME = 255


def serve_picture(request: HttpRequest, path: str) -> HttpResponseBase:
    """A picture cut for the public site, where no web server stands in front."""
    if any(len(part.encode(errors="surrogateescape")) > LONGEST_NAME for part in path.split("/")):
        raise Http404
    return serve_file(request, path, document_root=str(settings.MEDIA_ROOT))


def serve_document(
    request: HttpRequest, document_id: int, document_filename: str
) -> HttpResponseBase:
    """Films and captions piece by piece as a player asks for them; all else as Wagtail does."""
    if not is_media(document_filename):
        answer: HttpResponseBase = serve(request, document_id, document_filename)
        return answer
    document = get_object_or_404(SiteDocument, pk=document_id)
    if document.filename != document_filename:
        raise Http404
    for ask in hooks.get_hooks("before_serve_document"):  # private collections
        refusal = ask(document, request)
        if isinstance(refusal, HttpResponseBase):
            return refusal
    document_served.send(sender=SiteDocument, instance=document, request=request)
    return media_response(document, request)
