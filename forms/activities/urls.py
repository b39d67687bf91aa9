"""Public: how many places are left."""

from django.urls import path

from forms.activities import views

urlpatterns = [
    path("activities/<slug:slug>/places.json", views.free_places, name="activities_free_places"),
]
