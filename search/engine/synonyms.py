"""The words that stand for each other, as editors keep them.

The product's own list fills the table (`load`); from then on the table decides. A database that was
never filled is searched by the list.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Count, Max, QuerySet, Subquery, Value

from search.analysis.words import built_in_groups, equivalents_of
from search.engine.editing import SynonymGroup

Pair = tuple[str, str]


def groups_in_use() -> QuerySet[SynonymGroup]:
    return SynonymGroup.objects.filter(active=True)


def pairs(groups: QuerySet[SynonymGroup]) -> list[Pair]:
    return list(groups.values_list("said", "written"))


def kept() -> Mapping[str, tuple[str, ...]]:
    """For each word that is said, what documents say: by the editors' table."""
    groups = pairs(groups_in_use())
    if not SynonymGroup.objects.filter(source=SynonymGroup.Source.BUILT_IN).exists():
        # Never filled: what editors have added comes on top.
        groups += built_in_groups()
    return equivalents_of(groups) if groups else {}


def stamp() -> tuple[Subquery, Subquery]:
    """Columns for a query that is asked anyway: others whenever any group was changed."""
    everything = SynonymGroup.objects.order_by().annotate(all=Value(1)).values("all")
    latest = everything.annotate(latest=Max("changed_at")).values("latest")
    count = everything.annotate(count=Count("pk")).values("count")
    return Subquery(latest), Subquery(count)


@transaction.atomic
def load() -> str:
    """Brings the product's own groups into the table; what editors changed stays as it is.

    A group is known again by its first wording. What the product has dropped goes, unless editors
    changed it: then it is theirs.
    """
    lines = {f"{said} > {written}" if written else said: (said, written)
             for said, written in built_in_groups()}  # fmt: skip
    known = {group.built_in_as: group for group in SynonymGroup.objects.exclude(built_in_as="")}
    order = {line: number for number, line in enumerate(lines, start=1)}
    new = [
        SynonymGroup(
            said=said,
            written=written,
            source=SynonymGroup.Source.BUILT_IN,
            built_in_as=line,
            sort_order=order[line],
        )
        for line, (said, written) in lines.items()
        if line not in known
    ]
    SynonymGroup.objects.bulk_create(new)
    moved = [
        known[line]
        for line, number in order.items()
        if line in known and known[line].sort_order != number
    ]
    for group in moved:
        group.sort_order = order[group.built_in_as]
    SynonymGroup.objects.bulk_update(moved, ["sort_order"])
    dropped = [group for line, group in known.items() if line not in lines]
    gone = [group.pk for group in dropped if not group.is_changed]
    SynonymGroup.objects.filter(pk__in=gone).delete()
    SynonymGroup.objects.filter(pk__in=[group.pk for group in dropped]).update(
        source=SynonymGroup.Source.EDITOR, built_in_as="", sort_order=0
    )
    return f"{len(new)} new groups of synonyms" if new else ""
