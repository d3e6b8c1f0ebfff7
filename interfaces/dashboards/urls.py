"""Addresses of the dashboards."""

from django.urls import path

from interfaces.dashboards import exporting, views

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("list/", views.behind, name="list"),
    path("list/export/", exporting.export, name="export"),
]
