"""The addresses of importing below /admin/policies/import/."""

from django.urls import path

from home.policies import import_views as views

urlpatterns = [
    path("", views.intake, name="policies_import"),
    path("<int:pk>/", views.review_import, name="policies_import_review"),
]
