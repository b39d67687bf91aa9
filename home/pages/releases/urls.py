"""The addresses of the releases below /admin/releases/."""

from django.urls import path

from home.pages.releases import views

urlpatterns = [
    path("", views.index, name="releases_index"),
    path("new/", views.new, name="releases_new"),
    path("add/<int:page_id>/", views.add_this, name="releases_add_this"),
    path("<int:pk>/", views.detail, name="releases_detail"),
    path("<int:pk>/edit/", views.edit, name="releases_edit"),
    path("<int:pk>/pages/", views.choose, name="releases_choose"),
    path("<int:pk>/pages/results/", views.choose_results, name="releases_choose_results"),
    path("<int:pk>/items/<int:item>/<str:what>/", views.item, name="releases_item"),
    path("<int:pk>/decide/", views.decide, name="releases_decide"),
    path("<int:pk>/schedule/", views.schedule, name="releases_schedule"),
    path("<int:pk>/do/<str:deed>/", views.do, name="releases_do"),
]
