"""Going on with a form on any telephone, by the code that was written down (接着填)."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forms.builder import drafts, holding, screens, showing
from forms.builder.fields import TextAnswer
from home.pages import limits

# By one address, in an hour; a right code does not count. See `tracking` for what 16 digits mean.
TRIES_PER_ADDRESS = 30


class CodeForm(forms.Form):
    """The code, typed as people type."""

    use_required_attribute = False
    code = TextAnswer(
        label=gettext_lazy("续填码"),
        help_text=gettext_lazy("保存时给您的16位数字，有没有空格都可以。"),
        error_messages={"required": gettext_lazy("请填写续填码。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def go_on(request: HttpRequest) -> HttpResponse:
    """Asks for the code and leads to where the form was left."""
    if request.method != "POST":
        return _ask(request, CodeForm())
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, status=422)
    address = limits.client_address(request)
    if limits.exceeded("continue", address, TRIES_PER_ADDRESS):
        form.add_error(None, ValidationError(_("试的次数太多了，请一小时后再试。")))
        response = _ask(request, form, status=429)
        response["Retry-After"] = str(limits.HOUR)
        return response
    draft = drafts.with_code(form.cleaned_data["code"])
    if draft is None:
        message = _("没有找到：续填码不对，或者这份表单已经提交，或者保存已满30天。请核对后再试。")
        form.add_error(None, ValidationError(message))
        return _ask(request, form, status=422)
    limits.take_back("continue", address)
    page = draft.form_version.page
    response = screens.see_other(showing.address(page, draft, draft.screen))
    holding.give(request, response, page, draft.name)
    return response


def _ask(request: HttpRequest, form: CodeForm, *, status: int = 200) -> HttpResponse:
    return render(request, "builder/continue.html", {"form": form}, status=status)
