"""The demo's people: one account for each kind of work, all with one password.

Their names begin with 示例, their addresses end in the reserved example.org. An account of the same
name with another address belongs to somebody else and is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from config.embedded import embedded_secret
from home.directory.models import Role, Unit, User
from home.directory.services import grant
from ops.demo import refuse_in_production

DOMAIN = "example.org"
FAMILY_NAME = "示例·"

PROVINCE = ("civil-affairs", "210000")
SHENYANG = ("civil-affairs", "210100")
HEPING = ("civil-affairs", "210102")
XIGANG = ("civil-affairs", "210203")
HEPING_LEAGUE = ("youth-league", "210102")


@dataclass(frozen=True)
class Account:
    """One of the demo's people."""

    username: str
    name: str
    role: Role
    # (department code, area code)
    unit: tuple[str, str]

    @property
    def email(self) -> str:
        return f"{self.username}@{DOMAIN}"

    @property
    def display_name(self) -> str:
        return f"{FAMILY_NAME}{self.name}"


ACCOUNTS = (
    Account("editor", "编辑", Role.EDITOR, PROVINCE),
    Account("reviewer", "审核人", Role.REVIEWER, PROVINCE),
    Account("first-reviewer", "初审人", Role.REVIEWER, PROVINCE),
    Account("second-reviewer", "复审人", Role.REVIEWER, PROVINCE),
    Account("final-reviewer", "终审人", Role.REVIEWER, PROVINCE),
    Account("heping-clerk", "和平区经办人", Role.CLERK, HEPING),
    Account("heping-head", "和平区负责人", Role.HEAD, HEPING),
    Account("xigang-clerk", "西岗区经办人", Role.CLERK, XIGANG),
    Account("xigang-head", "西岗区负责人", Role.HEAD, XIGANG),
    Account("shenyang-clerk", "沈阳市经办人", Role.CLERK, SHENYANG),
    Account("shenyang-head", "沈阳市负责人", Role.HEAD, SHENYANG),
    Account("province-clerk", "省厅经办人", Role.CLERK, PROVINCE),
    Account("organiser", "活动组织者", Role.ORGANISER, HEPING_LEAGUE),
    Account("auditor", "审计员", Role.AUDITOR, PROVINCE),
    Account("administrator", "系统管理员", Role.ADMINISTRATOR, PROVINCE),
)


def accounts() -> list[tuple[str, str]]:
    """Login name and who it is, in the order of the tour."""
    return [(account.username, account.display_name) for account in ACCOUNTS]


def password() -> str:
    """DEMO_PASSWORD, else the secret kept in DATA_DIR/secrets/DEMO_PASSWORD (made on first use)."""
    return settings.DEMO_PASSWORD or embedded_secret(settings.DATA_DIR, "DEMO_PASSWORD")


@transaction.atomic
def load() -> str:
    """Makes the accounts that are missing and sees that all take the password. Safe to repeat.

    Names, addresses and memberships that somebody changed since stay. Needs the reference data;
    raises DemoRefused where the demo isn't allowed.
    """
    refuse_in_production()
    people = {user.username: user for user in User.objects.filter(username__in=_usernames())}
    strangers = [name for name, user in people.items() if not user.email.endswith(f"@{DOMAIN}")]
    made = [account for account in ACCOUNTS if account.username not in people]
    for account in made:
        people[account.username] = User(
            username=account.username,
            last_name=FAMILY_NAME,
            first_name=account.name,
            email=account.email,
        )
    ours = [account for account in ACCOUNTS if account.username not in strangers]
    _give_password([people[account.username] for account in ours])
    _give_memberships(made, people)
    _give_addresses({account.unit for account in ours})
    return f"{len(ours)} demo accounts ({len(made)} made)" + (
        f"; left alone, not the demo's: {', '.join(sorted(strangers))}" if strangers else ""
    )


def _usernames() -> list[str]:
    return [account.username for account in ACCOUNTS]


def _give_password(users: list[User]) -> None:
    """One hash for all: they share the password, and each hash takes most of a second."""
    secret = password()
    right: dict[str, bool] = {"": False}  # an account just made has none yet
    for user in users:
        if user.password not in right:
            right[user.password] = check_password(secret, user.password)
    wrong = [user for user in users if not right[user.password]]
    if not wrong:
        return
    good = [encoded for encoded, is_right in right.items() if is_right]
    encoded = good[0] if good else make_password(secret)
    for user in wrong:
        user.password = encoded
        user.save()


def _give_memberships(made: list[Account], people: dict[str, User]) -> None:
    units = _units({account.unit for account in made})
    for account in made:
        grant(people[account.username], units[account.unit], account.role)


def _give_addresses(wanted: set[tuple[str, str]]) -> None:
    """A unit without an address gets a reserved one, so that its mails can be read in the demo."""
    for (department, area), unit in _units(wanted).items():
        if not unit.email:
            unit.email = f"{department}-{area}@{DOMAIN}"
            unit.save(update_fields=["email"])


def _units(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], Unit]:
    departments, areas = {unit[0] for unit in wanted}, {unit[1] for unit in wanted}
    found = {
        (unit.department.code, unit.area.code): unit
        for unit in Unit.objects.select_related("department", "area").filter(
            department__code__in=departments, area__code__in=areas
        )
    }
    missing = wanted - found.keys()
    if missing:
        raise Unit.DoesNotExist(
            f"The demo's units are not there ({sorted(missing)}): has `load_reference` run?"
        )
    return {key: found[key] for key in wanted}
