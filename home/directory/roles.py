"""What each role may do in the Wagtail admin: one group per role, its rights declared here.

The groups are derived, never edited: `ensure_groups` gives each exactly what is declared. An app
further up says in its `ready()` what its own models allow: `allow(Role.EDITOR, "app.change_x")`.
Rights to cases are no permissions at all: they follow from memberships, case by case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from wagtail.contrib.settings.registry import registry as settings_registry
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from home.directory.models import Role

ACCESS = "wagtailadmin.access_admin"
_ALLOWED: dict[str, set[str]] = defaultdict(set)

# Of the whole tree: the root page is the only one that is never deleted or replaced.
PAGE_RIGHTS: dict[str, tuple[str, ...]] = {
    Role.EDITOR: ("add_page", "change_page"),
    Role.REVIEWER: ("add_page", "change_page", "publish_page", "lock_page", "unlock_page"),
}
# Of the root collection, and so of every one.
COLLECTION_RIGHTS: dict[str, tuple[str, ...]] = dict.fromkeys(
    (Role.EDITOR, Role.REVIEWER),
    (
        "wagtailimages.add_image",
        "wagtailimages.change_image",
        "wagtailimages.choose_image",
        "wagtaildocs.add_document",
        "wagtaildocs.change_document",
        "wagtaildocs.choose_document",
    ),
)
# What Wagtail's own first migration makes; its "Moderators" hold the approval task of its workflow.
SEEDED_NAMES = {"Editors": Role.EDITOR, "Moderators": Role.REVIEWER}


def allow(role: str, *permissions: str) -> None:
    """Declares that `role` has these model permissions ("app_label.codename")."""
    _ALLOWED[Role(role)].update(permissions)


for _role in Role.values:
    allow(_role, ACCESS)
# Not a superuser: an administrator keeps accounts, memberships and settings, and sees no case.
# Accounts, areas, departments and units are never deleted, so nobody gets that permission.
allow(
    Role.ADMINISTRATOR,
    "directory.add_user",
    "directory.change_user",
    "directory.view_user",
    "directory.add_membership",
    "directory.change_membership",
    "directory.delete_membership",
    "directory.view_area",
    "directory.change_department",
    "directory.view_department",
    "directory.change_unit",
    "directory.view_unit",
    "directory.add_workdayexception",
    "directory.change_workdayexception",
    "directory.delete_workdayexception",
)


def permissions_of(role: str) -> set[str]:
    """Every model permission of a role; every registered setting is an administrator's."""
    names = set(_ALLOWED[Role(role)])
    if role == Role.ADMINISTRATOR:
        names |= {
            f"{model._meta.app_label}.change_{model._meta.model_name}"
            for model in settings_registry
        }
    return names


def group_name(role: str) -> str:
    """The name of a role's group: its Chinese label, in whatever language this runs."""
    return str(Role(role).label)


@transaction.atomic
def ensure_groups() -> int:
    """Makes the role groups and gives each exactly its declared rights; how many it changed."""
    _adopt_seeded_groups()
    groups = {
        group.name: group
        for group in Group.objects.filter(name__in=[group_name(role) for role in Role.values])
    }
    changed = 0
    known = _known_permissions()
    held = _held(groups.values())
    root_page = Page.objects.filter(depth=1).order_by("path").first()
    root_collection = Collection.objects.filter(depth=1).order_by("path").first()
    for role in Role.values:
        name = group_name(role)
        group = groups.get(name)
        if group is None:
            group = Group.objects.create(name=name)
        wanted = {
            "model": {_one(known, full_name) for full_name in permissions_of(role)},
            "page": {_one(known, f"wagtailcore.{right}") for right in PAGE_RIGHTS.get(role, ())},
            "collection": {_one(known, right) for right in COLLECTION_RIGHTS.get(role, ())},
        }
        if name in groups and held[group.pk] == _with_roots(wanted, root_page, root_collection):
            continue
        changed += 1
        group.permissions.set(wanted["model"])
        GroupPagePermission.objects.filter(group=group).delete()
        GroupPagePermission.objects.bulk_create(
            GroupPagePermission(group=group, page=root_page, permission_id=pk)
            for pk in wanted["page"]
        )
        GroupCollectionPermission.objects.filter(group=group).delete()
        GroupCollectionPermission.objects.bulk_create(
            GroupCollectionPermission(group=group, collection=root_collection, permission_id=pk)
            for pk in wanted["collection"]
        )
    return changed


Held = set[tuple[str, int | None, int]]


def _with_roots(
    wanted: dict[str, set[int]], page: Page | None, collection: Collection | None
) -> Held:
    roots = {"model": None, "page": page and page.pk, "collection": collection and collection.pk}
    return {(kind, roots[kind], pk) for kind, pks in wanted.items() for pk in pks}


def _held(groups: Iterable[Group]) -> dict[int, Held]:
    """What each group holds now: (kind, root, permission)."""
    pks = [group.pk for group in groups]
    held: dict[int, Held] = defaultdict(set)
    through = Group.permissions.through.objects.filter(group__in=pks)
    for group, permission in through.values_list("group_id", "permission_id"):
        held[group].add(("model", None, permission))
    pages = GroupPagePermission.objects.filter(group__in=pks)
    for group, page, permission in pages.values_list("group_id", "page_id", "permission_id"):
        held[group].add(("page", page, permission))
    rows = GroupCollectionPermission.objects.filter(group__in=pks)
    for group, collection, permission in rows.values_list(
        "group_id", "collection_id", "permission_id"
    ):
        held[group].add(("collection", collection, permission))
    return held


def _known_permissions() -> dict[str, int]:
    rows = Permission.objects.values_list("content_type__app_label", "codename", "pk")
    return {f"{app_label}.{codename}": pk for app_label, codename, pk in rows.order_by()}


def _one(known: dict[str, int], full_name: str) -> int:
    try:
        return known[full_name]
    except KeyError:
        raise ImproperlyConfigured(
            f"A role was given the permission {full_name!r}, which does not exist. "
            "Has `migrate` run, and is the name right?"
        ) from None


def _adopt_seeded_groups() -> None:
    """Gives the two groups of Wagtail's first migration their role's name, once."""
    names = set(Group.objects.values_list("name", flat=True))
    for seeded, role in SEEDED_NAMES.items():
        if seeded in names and group_name(role) not in names:
            Group.objects.filter(name=seeded).update(name=group_name(role))
