"""What a policy's readers send. These stand before Wagtail's own addresses."""

from django.urls import path

from home.policies import views

CLAUSE = "policies/<slug:slug>/clauses/<slug:key>/"
urlpatterns = [
    path(f"{CLAUSE}useful/", views.useful, name="policies_useful"),
    path(f"{CLAUSE}correction/", views.correction, name="policies_correction"),
]
