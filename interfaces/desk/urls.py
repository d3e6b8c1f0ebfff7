"""Addresses of the desk."""

from django.urls import include, path

from interfaces.desk import (
    announcements,
    bulk,
    canned,
    columns,
    missing,
    new,
    palette,
    presence,
    queue,
    saved,
    searched,
    splitting,
    ticket,
    undoing,
    why,
    writing,
)
from interfaces.desk.next import following

app_name = "desk"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("live/", queue.live, name="live"),
    path("complete/", searched.completing, name="complete"),
    path("bulk/", bulk.bulk, name="bulk"),
    path("palette/", palette.palette, name="palette"),
    path("looks/", columns.choose, name="looks"),
    path("views/", saved.keep, name="view_keep"),
    path("views/<int:key>/", saved.change, name="view_change"),
    path("new/", new.new, name="new"),
    path("undo/", undoing.undo, name="undo"),
    path("next/", following, name="next"),
    path("announcements/", announcements.listing, name="announcements"),
    path("announcements/<slug:vendor>/new/", announcements.new, name="announcement_new"),
    path("announcements/<slug:vendor>/<int:key>/", announcements.show, name="announcement"),
    path("announcements/<slug:vendor>/<int:key>/send/", announcements.send, name="announcement_send"),
    path("announcements/<slug:vendor>/<int:key>/discard/", announcements.discard, name="announcement_discard"),
    path("canned/", canned.listing, name="canned"),
    path("canned/<slug:vendor>/new/", canned.edit, name="canned_new"),
    path("canned/<slug:vendor>/<int:key>/", canned.edit, name="canned_edit"),
    path("canned/<slug:vendor>/<int:key>/delete/", canned.delete, name="canned_delete"),
    path("staff/", include("interfaces.desk.staff.urls")),
    path("new/caller/", new.add, name="new_caller"),
    path("<slug:vendor>/<str:number>/", ticket.show, name="ticket"),
    path("<slug:vendor>/<str:number>/message/", writing.write, name="message"),
    path("<slug:vendor>/<str:number>/canned/", canned.choose, name="canned_choose"),
    path("<slug:vendor>/<str:number>/split/<int:key>/", splitting.split, name="split"),
    path("<slug:vendor>/<str:number>/draft/", writing.draft, name="draft"),
    path("<slug:vendor>/<str:number>/presence/", presence.beat, name="presence"),
    path("<slug:vendor>/<str:number>/asked/", missing.preview, name="asked"),
    path("<slug:vendor>/<str:number>/clocks/<slug:kind>/<int:cycle>/", why.why, name="why"),
    path("<slug:vendor>/<str:number>/<slug:deed>/", ticket.act, name="act"),
]
