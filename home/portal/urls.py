"""Addresses that are not pages of the tree."""

from django.urls import path
from wagtail.contrib.sitemaps.views import sitemap

from home.portal import views

urlpatterns = [
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemap, name="sitemap"),
]
