"""The builder's addresses beside the form pages themselves. They stand before Wagtail's."""

from django.urls import path

from forms.builder import (
    away,
    continuing,
    floods,
    receipts,
    tracking,
    views,
    withdrawing,
)

urlpatterns = [
    path("requests/receipt/", receipts.receipt, name="builder_receipt"),
    path("requests/continue/", continuing.go_on, name="builder_continue"),
    path("requests/areas/<str:code>.json", views.area_children, name="builder_area_children"),
    path("requests/proof.json", floods.challenge, name="builder_proof"),
    path("track/", tracking.track, name="builder_track"),
    path("track/deed/", tracking.deed, name="builder_deed"),
    path("track/consent/<int:pk>/", withdrawing.consent, name="builder_consent"),
    path("track/leave/", tracking.leave, name="builder_leave"),
    path("track/away/", away.leave_track, name="builder_away"),
    path("calendar/", away.calendar, name="builder_calendar"),
]
