"""/search/ and what belongs to it."""

from django.urls import path

from search.engine import opening, views

app_name = "search"
urlpatterns = [
    path("search/", views.results, name="results"),
    path("search/opened/", opening.opened, name="opened"),
    path("search/suggest/", views.suggest, name="suggest"),
]
