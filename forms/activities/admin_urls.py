"""The organiser's addresses below /admin/sign-ups/."""

from django.urls import path

from forms.activities import views

urlpatterns = [
    path("", views.sign_ups, name="activities_sign_ups"),
    path("activities/<int:activity>/new/", views.new_session, name="activities_new_session"),
    path("<int:pk>/", views.session, name="activities_session"),
    path("<int:pk>/edit/", views.edit_session, name="activities_edit_session"),
    path("<int:pk>/duties/<int:duty>/", views.duty_done, name="activities_duty_done"),
    path("<int:pk>/<int:sign_up>/reveal/", views.reveal, name="activities_reveal"),
]
