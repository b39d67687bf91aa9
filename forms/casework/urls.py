"""The desk's addresses below /admin/cases/."""

from django.urls import path

from forms.casework import keeping_views, views

urlpatterns = [
    path("", views.desk, name="casework_desk"),
    path("<slug:reference>/", views.case, name="casework_case"),
    path("<slug:reference>/print/", views.print_sheet, name="casework_print"),
    path("<slug:reference>/reveal/", views.reveal, name="casework_reveal"),
    path("<slug:reference>/files/<uuid:uuid>/", views.attachment, name="casework_file"),
    path("<slug:reference>/hold/", keeping_views.hold, name="casework_hold"),
    path("<slug:reference>/lift/", keeping_views.lift, name="casework_lift"),
    path("<slug:reference>/erase/", keeping_views.erase, name="casework_erase"),
    path("<slug:reference>/duties/<int:duty>/", keeping_views.duty_done, name="casework_duty_done"),
    path("<slug:reference>/<slug:deed>/", views.deed, name="casework_deed"),
]
