"""Floods and robots, kept out without a third party and without asking a family to prove anything.

Each sending counts for its address. What looks like a machine counts for several: a form that comes
back faster than anybody could fill it in. A browser with JavaScript computes a proof of work while
its owner reads; what comes with one has ten times the room, so that a school or a village behind
one address gets through. A field nobody sees catches what fills in everything: it is shown then,
with a sentence, in case a person's browser did it. Nothing is ever thrown away in silence.
"""

from __future__ import annotations

import enum
import ipaddress
import logging
import time
from typing import Any

from altcha import Payload, create_challenge, derive_key_pbkdf2, verify_solution
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from forms.vault import keys
from home.pages import limits

logger = logging.getLogger(__name__)
# The names of the fields. The trap's sounds like something to fill in.
OPENED, PROOF, TRAP = "opened", "proof", "second_address"
OPENED_SALT = "builder.opened"
# Nobody reads and answers a form in less; who presses the button of a returned form may.
FASTEST_SECONDS = 3
WEIGHT_OF_A_QUICK_ONE = 5
ALGORITHM = "PBKDF2/SHA-256"
# About 256 derivations: a second or two of an old telephone, two milliseconds of ours.
ITERATIONS, PREFIX = 2_000, "00"
PROOF_SECONDS = 2 * 3600
LONGEST_PROOF = 4_000


class Verdict(enum.Enum):
    """What is to be done with a form that was sent."""

    WELCOME = enum.auto()
    TOO_MANY = enum.auto()
    TRAPPED = enum.auto()


def opened_now() -> str:
    """The hidden field that says when the form was handed out; not to be forged."""
    return signing.dumps(int(time.time()), salt=OPENED_SALT)


def judge(request: HttpRequest, scope: str, form: int, limit: int = 0) -> Verdict:
    """Counts a sending of kind `scope` for its address, and for its form (the page's id).

    `limit` is how many an hour one address may send without proof (0 for the setting's). An address
    of this machine is not counted: there, it is a proxy that TRUSTED_PROXIES does not name, and
    everybody would share one count. A cache that fails keeps nobody from sending.
    """
    if request.POST.get(TRAP):
        return Verdict.TRAPPED
    address = limits.client_address(request)
    if _is_this_machine(address):
        return Verdict.WELCOME
    limit = limit or settings.SENDINGS_PER_HOUR
    if is_proven(request.POST.get(PROOF, "")):
        over = limits.exceeded(f"send-{scope}", address, limit * settings.SENDINGS_WITH_PROOF)
    else:
        weight = WEIGHT_OF_A_QUICK_ONE if _is_quick(request) else 1
        over = any(
            [limits.exceeded(f"send-{scope}", address, limit) for _ in range(weight)]
            + [limits.exceeded("send-form", str(form), settings.SENDINGS_TO_A_FORM)]
        )
    return Verdict.TOO_MANY if over else Verdict.WELCOME


def trapped(request: HttpRequest) -> dict[str, Any]:
    """What a page says that shows the field nobody sees: a person empties it and sends again."""
    return {
        "trapped": request.POST.get(TRAP, ""),
        "result": "trapped",
        "notice_heading": _("还没有提交"),
        "notice": _(
            "有一栏本来应当空着，却填了内容，可能是浏览器自动填写的。"
            "请删去“备用地址”一栏的内容，再按一次按钮。您填写的其他内容都还在。"
        ),
    }


@never_cache
@require_safe
def challenge(request: HttpRequest) -> JsonResponse:
    """What the form's script works on (see static/js/proof.js)."""
    made = create_challenge(
        ALGORITHM,
        cost=ITERATIONS,
        key_prefix=PREFIX,
        derive_key=derive_key_pbkdf2,
        expires_at=int(time.time()) + PROOF_SECONDS,
        hmac_secret=_secret(),
    )
    return JsonResponse(made.to_dict())


def is_proven(sent: str) -> bool:
    """Whether this is the solution of a challenge of ours, and the first time that it comes."""
    if not sent or len(sent) > LONGEST_PROOF:
        return False
    try:
        # Our signature stands over all that says how much is computed; it is checked first.
        if not verify_solution(sent, _secret(), derive_key_pbkdf2).verified:
            return False
        signature = Payload.from_base64(sent).challenge.signature
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
    return _is_new(str(signature))


def _is_new(signature: str) -> bool:
    try:
        return cache.add(f"proof:{signature}", 1, PROOF_SECONDS)
    except Exception as error:  # each backend has its own kinds of failure
        logger.warning("The cache does not remember proofs: %s", type(error).__name__)
        return True


def _is_quick(request: HttpRequest) -> bool:
    try:
        opened: Any = signing.loads(request.POST.get(OPENED, ""), salt=OPENED_SALT)
    except signing.BadSignature:
        return True
    return not isinstance(opened, int) or time.time() - opened < FASTEST_SECONDS


def _is_this_machine(address: str) -> bool:
    try:
        network = ipaddress.ip_network(address)
    except ValueError:
        return False
    # Of IPv6, the address is that of a household's network.
    return network.is_loopback or ipaddress.IPv6Address("::1") in network


def _secret() -> bytes:
    return keys.derive("proof of work")
