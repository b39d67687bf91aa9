"""Addresses of a policy that take something and are no pages of the tree."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from home.pages import limits
from home.pages.senders import sent_from_here
from home.policies import citing
from home.policies.feedback import correction_path, count_usefulness, edition_read, live_clause

ANSWERS = {"yes": True, "no": False}
# A family reads at one address, and so does a village office; no address fills a count.
ANSWERS_PER_ADDRESS = 5


@never_cache
@require_safe
def correction(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Leads from a clause to the form that takes corrections of it.

    A step between, so that the public page shows an address that never changes and does not have
    to know which form that is today.
    """
    clause_key = live_clause(slug, key)
    if clause_key is None:
        raise Http404("No such clause is public.")
    form_path = correction_path(slug, key)
    if form_path:
        return redirect(form_path)
    places = citing.places(clause_key.policy.clauses.all())
    context = {
        "citation": clause_key.policy.citation(places[key]),
        "clause_path": clause_key.policy.clause_page_url(key),
    }
    return render(request, "policies/no_corrections.html", context)


# A public page's bytes carry no token. What a forged answer could do is add one to a count, and
# `sent_from_here` keeps other sites' pages from that.
@csrf_exempt
@never_cache
@require_POST
def useful(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Counts one answer to 这一条对您有用吗？ and leads back to the clause."""
    if not sent_from_here(request):
        return _say(request, 403, _("没有记下：请在条款页面上直接按“有用”或“没有用”。"))
    clause_key = live_clause(slug, key)
    if clause_key is None:
        raise Http404("No such clause is public.")
    edition = edition_read(clause_key, request.POST.get("edition", ""))
    clause_path = clause_key.policy.clause_page_url(key)
    answer = ANSWERS.get(request.POST.get("answer", ""))
    if edition is None or answer is None:
        return _say(
            request, 400, _("没有记下：这一页可能放得太久了。请重新打开条款后再答。"), clause_path
        )
    try:
        name = f"{clause_key.pk} {limits.client_address(request)}"
        if limits.exceeded_for_certain("useful", name, ANSWERS_PER_ADDRESS):
            return _say(request, 429, _("从您这里已经答过好几次了，请一小时后再试。"), clause_path)
    except limits.NotCounting:
        # Without a limit nothing is counted: a number anybody can fill says nothing.
        return _say(request, 503, _("现在没能记下，请过一会儿再试。"), clause_path)
    count_usefulness(clause_key, edition, useful=answer)
    if _wants_json(request):
        return JsonResponse({"message": _("谢谢，已经记下了。")})
    response = HttpResponseRedirect(f"{clause_path}#thanks")
    response.status_code = 303
    return response


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _say(request: HttpRequest, status: int, message: str, clause_path: str = "") -> HttpResponse:
    """A refusal in a sentence, for the script or as a page of its own."""
    response: HttpResponse
    if _wants_json(request):
        response = JsonResponse({"message": message}, status=status)
    else:
        context = {"message": message, "clause_path": clause_path}
        response = render(request, "policies/not_counted.html", context, status=status)
    if status in (429, 503):
        response["Retry-After"] = str(limits.HOUR if status == 429 else 120)
    return response
