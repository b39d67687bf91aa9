"""The product's addresses. People bookmark them: a change needs a redirect and a record."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from config.api import api
from home.pages.views import serve_document, serve_picture

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", include(wagtailadmin_urls)),
    path(
        "_util/login/", RedirectView.as_view(pattern_name="wagtailadmin_login", query_string=True)
    ),
    path("documents/<int:document_id>/<path:document_filename>", serve_document),
    path("documents/", include(wagtaildocs_urls)),
    path("", include("ops.urls")),
    path("", include("home.portal.urls")),
    path("", include("home.policies.urls")),
    path("", include("home.policies.document_files")),
    path("", include("forms.activities.urls")),
    path("", include("forms.builder.urls")),
    path("api/v1/", api.urls),
    path("", include("search.engine.urls")),
    path("", include(wagtail_urls)),
]

if settings.SERVE_MEDIA:
    # Pictures cut for the public site; originals are elsewhere.
    urlpatterns.insert(0, path("media/<path:path>", serve_picture))

handler400 = "forms.builder.views.bad_request"
