"""Addresses of the colleagues' pages, within the portal's."""

from django.urls import path

from interfaces.portal.people import views

urlpatterns = [
    path("", views.listing, name="people"),
    path("<slug:vendor>/invite/", views.invite, name="invite"),
    path("<slug:vendor>/domains/new/", views.claim, name="claim"),
    path("<slug:vendor>/domains/<int:key>/forget/", views.forget, name="domain_forget"),
    path("<slug:vendor>/invitations/<int:key>/resend/", views.resend, name="invitation_resend"),
    path("<slug:vendor>/invitations/<int:key>/withdraw/", views.withdraw, name="invitation_withdraw"),
    path("<slug:vendor>/<int:key>/", views.colleague, name="colleague"),
    path("<slug:vendor>/<int:key>/remove/", views.remove, name="colleague_remove"),
]
