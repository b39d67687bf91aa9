"""The document to take away. Wagtail's own addresses end in a slash, so these stand before them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from home.policies import interchange
from home.policies.selectors import public_policy


@require_safe
def as_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole document as the API tells it, with its clauses."""
    policy = public_policy(slug)
    if policy is None:
        raise Http404
    data = {**interchange.document_data(policy), "clauses": interchange.clauses_data(policy)}
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Cache-Control"] = "no-cache"
    return response


urlpatterns = [path("policies/<slug:slug>/document.json", as_json, name="policy_json")]
