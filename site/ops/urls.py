"""Addresses for the people who run the product."""

from django.urls import path

from ops import views

app_name = "ops"
urlpatterns = [
    path("healthz/live", views.live, name="live"),
    path("healthz/ready", views.ready, name="ready"),
]
