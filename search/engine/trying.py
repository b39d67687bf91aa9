"""试一试: what a query finds with a group of synonyms and without it, before anything is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin
from wagtail.permission_policies import ModelPermissionPolicy

from home.pages.whole_numbers import whole_number
from search.engine import services, synonyms, vocabulary
from search.engine.asking import NOT_TYPED
from search.engine.editing import SynonymGroup, words_of

SHOWN = 10


class TryForm(forms.Form):
    """`group` is the one that is tried; the words that are typed take the place of its own."""

    group = forms.ModelChoiceField(
        SynonymGroup.objects.all(), required=False, widget=forms.HiddenInput
    )
    query = forms.CharField(label=_("搜索词"), max_length=services.LONGEST_QUERY)
    said = forms.CharField(label=_("平时的说法"), required=False, max_length=400)
    written = forms.CharField(label=_("文件里的说法"), required=False, max_length=400)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        for name in ("query", "said", "written"):
            if NOT_TYPED.search(typed.get(name) or ""):
                self.add_error(name, _("内容里有无法识别的字符。请改用普通文字重新输入。"))
        return typed


class TryView(WagtailAdminTemplateMixin, PermissionCheckedMixin, TemplateView):
    template_name = "search/admin/try.html"
    page_title = _("试一试")
    header_icon = "search"
    permission_policy = ModelPermissionPolicy(SynonymGroup)
    any_permission_required = {"view", "change"}
    _show_breadcrumbs = True

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        form = TryForm(self._typed())
        if "query" not in self.request.GET:
            form = TryForm(initial=self._typed())
        elif form.is_valid():
            context |= _compared(form.cleaned_data)
        return {**context, "form": form}

    def _typed(self) -> dict[str, str]:
        """What is in the address; of a group that was only named, its own words."""
        typed = {name: self.request.GET.get(name, "") for name in TryForm.base_fields}
        number = whole_number(typed["group"])
        if "said" not in self.request.GET and number is not None:
            group = SynonymGroup.objects.filter(pk=number).first()
            if group is not None:
                typed |= {"said": group.said, "written": group.written}
                typed["query"] = typed["query"] or words_of(group.said)[0]
        return typed


def _compared(typed: dict[str, Any]) -> dict[str, Any]:
    others = synonyms.groups_in_use()
    if typed["group"] is not None:
        others = others.exclude(pk=typed["group"].pk)
    without = synonyms.pairs(others)
    tried = (" ".join(words_of(typed["said"])), " ".join(words_of(typed["written"])))
    with_it = [tried, *without] if tried[0] else without
    before, after = (
        services.search(typed["query"], limit=SHOWN, lexicon=vocabulary.with_synonyms(groups))
        for groups in (without, with_it)
    )
    known = {result.id for result in before.results}
    return {
        "before": before,
        "after": after,
        "new": {result.id for result in after.results} - known,
        "tried": tried[0],
    }
