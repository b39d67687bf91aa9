"""Leaving at once (快速离开): to a page that tells nothing, with nothing left to come back to.

The page is our own, a calendar of days off: no outside host is told that somebody was here. The way
there goes through an address that takes the cookies away, so that whoever goes back finds the way
closed; the script puts it in the history's place of the page that was left.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from forms.builder import holding, receipts
from forms.builder.models import FormPage
from home.directory.models import WorkdayException


def leave(page: FormPage, request: HttpRequest) -> HttpResponse:
    """Away from a form: this browser no longer holds any draft of it, nor a receipt."""
    response = _away(request)
    holding.take_away(response, page, list(holding.held(request)))
    return response


@never_cache
@require_safe
def leave_track(request: HttpRequest) -> HttpResponse:
    """Away from the progress page or a receipt."""
    return _away(request)


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """The days off and the weekends worked, of this year and the next that is known."""
    days = WorkdayException.objects.filter(date__year__gte=timezone.localdate().year)
    return render(None, "builder/calendar.html", {"days": days.order_by("date")})


def _away(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(reverse("builder_calendar"))
    receipts.put_away(response)
    receipts.forget(response, "track", reverse("builder_track"))
    holding.mark_left(request, response)
    return response
