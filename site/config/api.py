"""The public interface for programs, /api/v1/. Each app brings a router; this only mounts them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError

from home.policies.api import router as policies_router
from search.engine.api import router as search_router

api = NinjaAPI(
    title="童伴",
    version="1",
    urls_namespace="api-v1",
    openapi_url="/openapi.json",
    # Ninja's own page loads its scripts from another host.
    docs_url=None,
)
api.add_router("", search_router)
api.add_router("", policies_router)


@api.exception_handler(ValidationError)
def refuse(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    """A parameter of the wrong kind: its name, in a sentence, and 400."""
    errors = error.errors if isinstance(error, ValidationError) else []
    names = "、".join(dict.fromkeys(str(one["loc"][-1]) for one in errors))
    detail = _("参数不对：%(names)s。请查看 /api/v1/openapi.json 中的说明。") % {"names": names}
    return api.create_response(request, {"detail": detail}, status=400)
