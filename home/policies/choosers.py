"""Choosing clauses: found by number, heading or words, shown with their document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic import chooser as views
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.widgets import BaseChooser
from wagtail.models import Revision

from home.pages.review import drafts
from home.policies.models import Clause, ClauseKey, PolicyPage, WorkingCopy

_BRACKETS = str.maketrans("（）", "()"), str.maketrans("()", "（）")


def choosable_keys() -> QuerySet[ClauseKey]:
    """The keys whose clause stands in its document now, or in the draft of it, in reading order.

    Each bears its clause's `number`, `heading`, `text` and `place`, and the words of the clause
    `above`; those of a clause that is only in a draft are None (`drafted_words` knows them).
    A policy whose draft is not for whoever asks has only what is public. One query, and three for
    the drafts.
    """
    clause = Clause.objects.filter(page=OuterRef("policy_id"), key=OuterRef("key"))
    above = Clause.objects.filter(page=OuterRef("policy_id"), key=OuterRef("parent_key")).annotate(
        words=Concat("number", "heading")
    )
    keys = ClauseKey.objects.annotate(
        number=Subquery(clause.values("number")[:1]),
        heading=Subquery(clause.values("heading")[:1]),
        text=Subquery(clause.values("text")[:1]),
        place=Subquery(clause.values("sort_order")[:1]),
        parent_key=Subquery(clause.values("parent_key")[:1]),
    ).annotate(above=Subquery(above.values("words")[:1]))
    if hidden := drafts.hidden_here():
        keys = keys.exclude(policy__in=hidden, policy__live=False)
    drafted = Q()
    for policy, words in drafted_words().items():
        drafted |= Q(policy=policy, key__in=list(words))
    return keys.filter(
        Q(place__isnull=False) | drafted if drafted else Q(place__isnull=False)
    ).order_by(
        F("policy__published_on").desc(nulls_first=True), "policy", F("place").asc(nulls_last=True)
    )


def drafted_words(policies: Iterable[int] | None = None) -> dict[int, dict[str, str]]:
    """What stands in policies' drafts that are not published yet: by policy and key, in words.

    A working copy counts as a draft of its original. Drafts that are not for whoever asks are not
    among them. Three queries.
    """
    pages = PolicyPage.objects.filter(
        has_unpublished_changes=True, latest_revision__isnull=False
    ).exclude(pk__in=drafts.hidden_here())
    originals = pages.filter(working_copy__isnull=True)
    copies = pages.filter(working_copy__state=WorkingCopy.State.OPEN)
    if policies is not None:
        wanted = list(policies)
        originals = originals.filter(pk__in=wanted)
        copies = copies.filter(working_copy__original__in=wanted)
    policy_of = dict(originals.values_list("latest_revision", "pk"))
    policy_of |= dict(copies.values_list("latest_revision", "working_copy__original"))
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = Revision.objects.filter(pk__in=policy_of).order_by("pk")
    for revision, content in rows.values_list("pk", "content"):
        for clause in content.get("clauses", ()):
            words = f"{clause['number']}{clause['heading'] or clause['text']}"
            found[policy_of[revision]][clause["key"]] = words
    return found


def label(key: ClauseKey) -> str:
    """A clause for whoever chose it: 辽民发〔2025〕10号 二(二)1 保障入学."""
    if key.policy_id in drafts.hidden_here() and not key.policy.live:
        return str(drafts.HIDDEN)
    heading = getattr(key, "heading", None)
    words: str | None = heading or getattr(key, "text", None)
    if not hasattr(key, "heading"):
        row = Clause.objects.filter(page=key.policy_id, key=key.key).first()
        words = (row.heading or row.text) if row is not None else None
    if words is None:
        words = drafted_words([key.policy_id]).get(key.policy_id, {}).get(key.key, "")
    return f"{key} {Truncator(words).chars(28)}".strip()


class ClauseFilterForm(BaseFilterForm):
    """Words to look for, and the document."""

    q = forms.CharField(
        label=_("查找"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("序号、标题、正文、发文字号")}),
    )
    policy = forms.ModelChoiceField(
        label=_("文件"), required=False, queryset=PolicyPage.objects.none(), empty_label=_("全部")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["policy"].queryset = (
            PolicyPage.objects.filter(working_copy__isnull=True)
            .exclude(pk__in=drafts.hidden_here(), live=False)
            .order_by("-published_on", "title")
        )

    def filter(self, objects: QuerySet[ClauseKey]) -> QuerySet[ClauseKey]:
        objects = super().filter(objects)
        if policy := self.cleaned_data.get("policy"):
            objects = objects.filter(policy=policy)
        query = self.cleaned_data.get("q", "")
        for word in query.split():
            self.is_searching, self.search_query = True, query
            objects = objects.filter(_says(word))
        return objects


def _says(word: str) -> Q:
    """That a clause, its key or its document has this word, whichever brackets were typed."""
    found = Q()
    for written in {word, *(word.translate(table) for table in _BRACKETS)}:
        for name in ("number", "heading", "text", "policy__title", "policy__document_number"):
            found |= Q(**{f"{name}__icontains": written})
    return found | Q(key=word.lower())


class ForEditors:
    """Drafts are among the clauses: whoever edits no pages chooses none."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not drafts.edits_pages(request.user):
            raise PermissionDenied
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return answer


class ClauseColumns(ForEditors):
    """What the list of the chooser shows; `results` is the page of it in hand."""

    filter_form_class = ClauseFilterForm
    per_page = 20

    def get_object_list(self) -> QuerySet[ClauseKey]:
        return choosable_keys()

    @cached_property
    def _drafted(self) -> dict[int, dict[str, str]]:
        results: Any = getattr(self, "results", ())
        lacking = {key.policy_id for key in results if key.place is None}
        return drafted_words(lacking) if lacking else {}

    def _title(self, key: Any) -> str:
        if key.place is None:
            words = self._drafted.get(key.policy_id, {}).get(key.key, key.key)
            return str(_("%(words)s（草稿中的新条款）")) % {"words": Truncator(words).chars(36)}
        return f"{key.number}{key.heading or Truncator(key.text).chars(36)}"

    @property
    def title_column(self) -> TitleColumn:
        column: TitleColumn = super().title_column  # type: ignore[misc]
        column.label = _("条款")
        column.accessor = self._title
        return column

    @property
    def columns(self) -> list[Column]:
        return [
            self.title_column,
            Column("text", label=_("正文"), accessor=_beginning),
            Column("above", label=_("所属"), accessor="above"),
            Column("policy", label=_("文件"), accessor=lambda key: key.policy.document_number),
        ]


def _beginning(key: Any) -> str:
    return Truncator(key.text).chars(40) if key.heading and key.text else ""


class ChooseClauseView(ClauseColumns, views.ChooseView):
    """The dialog."""


class ClauseResultsView(ClauseColumns, views.ChooseResultsView):
    """Its list, while somebody looks for words."""


class LabelledChoice:
    """The answer to a choice names the clause and not only its key."""

    def get_display_title(self, instance: ClauseKey) -> str:
        return label(instance)


class ClauseChosenView(ForEditors, LabelledChoice, views.ChosenView):
    """One was chosen."""


class ClausesChosenView(ForEditors, LabelledChoice, views.ChosenMultipleView):
    """Several were chosen."""


class ClauseChooser(LabelledChoice, BaseChooser):
    """What stands in the form."""

    show_edit_link = False


class ClauseKeyChooserViewSet(ChooserViewSet):
    """Clauses, wherever a page points at one."""

    model = ClauseKey
    icon = "list-ol"
    page_title = _("选择条款")
    choose_one_text = _("选择条款")
    choose_another_text = _("换一条")
    search_tab_label = _("查找")
    choose_view_class = ChooseClauseView
    choose_results_view_class = ClauseResultsView
    chosen_view_class = ClauseChosenView
    chosen_multiple_view_class = ClausesChosenView
    base_widget_class = ClauseChooser


clause_chooser = ClauseKeyChooserViewSet("clause_key_chooser")
