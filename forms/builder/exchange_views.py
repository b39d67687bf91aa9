"""In the admin: begin a form from a template or a file, take one away, bring one back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from wagtail.admin import messages
from wagtail.models import Page

from forms.builder import exchange
from forms.builder.exchange import FormDocument, NotAForm
from forms.builder.models import FormPage
from forms.builder.patterns import document_of, patterns
from home.pages.review import drafts

SHOWN_PROBLEMS = 40


class FormFile(forms.Form):
    """The file to read."""

    file = forms.FileField(
        label=gettext_lazy("表单文件"),
        error_messages={
            "required": gettext_lazy("请选择从“导出表单”得到的文件。"),
            "empty": gettext_lazy("这个文件是空的。"),
        },
    )

    def document(self) -> FormDocument | None:
        """The form in the file; None with every reason said at the field."""
        sent = self.cleaned_data["file"]
        try:
            # One byte more than may be: enough to know.
            return exchange.read(sent.read(exchange.LARGEST + 1))
        except NotAForm as refusal:
            for sentence in refusal.sentences[:SHOWN_PROBLEMS]:
                self.add_error("file", sentence)
            return None


@never_cache
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, parent_id: int) -> HttpResponse:
    """The templates, and a file of one's own: either makes a draft below this page."""
    parent = get_object_or_404(Page, pk=parent_id).specific
    if FormPage not in parent.creatable_subpage_models():
        raise Http404
    if not parent.permissions_for_user(request.user).can_add_subpage():
        raise PermissionDenied
    upload = FormFile()
    if request.method == "POST":
        document: FormDocument | None
        if code := request.POST.get("pattern"):
            try:
                document = document_of(code)
            except KeyError:
                raise Http404 from None
        else:
            upload = FormFile(request.POST, request.FILES)
            document = upload.document() if upload.is_valid() else None
        if document is not None:
            return _opened(
                request, exchange.make_draft(parent, document, user=request.user), document
            )
    context = {
        "parent": parent,
        "patterns": patterns(),
        "upload": upload,
        "blank_url": reverse("wagtailadmin_pages:add", args=["builder", "formpage", parent.pk]),
        **_furniture(_("新建表单"), parent),
    }
    status = 422 if upload.is_bound else 200
    return render(request, "builder/admin/begin.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def bring_in(request: HttpRequest, page_id: int) -> HttpResponse:
    """A file as the next draft of a form that is there."""
    page = _editable(request, page_id)
    upload = FormFile(request.POST or None, request.FILES or None)
    if request.method == "POST" and upload.is_valid():
        document = upload.document()
        if document is not None:
            return _opened(
                request, exchange.draft_into(page, document, user=request.user), document
            )
    context = {"page": page, "upload": upload, **_furniture(_("导入表单"), page)}
    status = 422 if upload.is_bound else 200
    return render(request, "builder/admin/bring_in.html", context, status=status)


@never_cache
@require_GET
def take_away(request: HttpRequest, page_id: int) -> HttpResponse:
    """The latest draft as a file."""
    page = _editable(request, page_id)
    text = exchange.write(page.get_latest_revision_as_object())
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="form-{page.slug}.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _editable(request: HttpRequest, page_id: int) -> FormPage:
    page: FormPage = get_object_or_404(FormPage, pk=page_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    if FormPage.objects.filter(pk=page.pk, pk__in=drafts.hidden_from(request.user)).exists():
        raise PermissionDenied
    return page


def _opened(request: HttpRequest, page: FormPage, document: FormDocument) -> HttpResponse:
    if document.unfinished:
        listed = " ".join(document.unfinished[:SHOWN_PROBLEMS])
        messages.warning(request, _("已存为草稿，发布之前还要修改：%s") % listed)
    else:
        messages.success(request, _("已存为草稿。请看一遍，改好后再发布。"))
    return redirect("wagtailadmin_pages:edit", page.pk)


def _furniture(title: str, page: Page) -> dict[str, Any]:
    items = [
        {
            "url": reverse("wagtailadmin_explore", args=[page.pk]),
            "label": page.get_admin_display_title(),
        },
        {"url": "", "label": title},
    ]
    return {"breadcrumbs_items": items, "header_title": title, "header_icon": "form"}


urlpatterns = [
    path("forms/new/<int:parent_id>/", begin, name="builder_begin"),
    path("forms/<int:page_id>/export/", take_away, name="builder_export"),
    path("forms/<int:page_id>/import/", bring_in, name="builder_import"),
]
