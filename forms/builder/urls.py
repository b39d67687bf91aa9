"""The builder's addresses beside the form pages themselves. They stand before Wagtail's."""

from django.urls import path

from forms.builder import receipts, tracking, views, withdrawing

urlpatterns = [
    path("requests/receipt/", receipts.receipt, name="builder_receipt"),
    path("requests/areas/<str:code>.json", views.area_children, name="builder_area_children"),
    path("track/", tracking.track, name="builder_track"),
    path("track/deed/", tracking.deed, name="builder_deed"),
    path("track/consent/<int:pk>/", withdrawing.consent, name="builder_consent"),
    path("track/leave/", tracking.leave, name="builder_leave"),
]
