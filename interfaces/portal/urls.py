"""Addresses of the customers' door."""

from django.urls import include, path

from interfaces.portal import actions, articles, asides, exporting, filing, news, sending, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("export/", exporting.export, name="export"),
    path("help/", articles.shelves, name="help"),
    path("help/<slug:vendor>/<slug:slug>/", articles.show, name="article"),
    path("help/<slug:vendor>/<slug:slug>/vote/", articles.vote, name="article_vote"),
    path("help/<slug:vendor>/<slug:slug>/solved/", articles.solved, name="article_solved"),
    path("news/", news.listing, name="news"),
    path("news/<slug:vendor>/<int:key>/", news.show, name="announcement"),
    path("news/<slug:vendor>/<int:key>/put-away/", news.put_away, name="announcement-put-away"),
    path("suggest/", articles.suggest, name="suggest"),
    path("people/", include("interfaces.portal.people.urls")),
    path("new/", filing.choose, name="new"),
    path("new/<slug:vendor>/", filing.begin, name="begin"),
    path("new/<slug:vendor>/all/", filing.one_page, name="one_page"),
    path("new/<slug:vendor>/expect/", asides.expect, name="expect"),
    path("new/<slug:vendor>/item/", asides.item, name="item"),
    path("new/<slug:vendor>/<uuid:key>/", filing.go_on, name="go_on"),
    path("new/<slug:vendor>/<uuid:key>/discard/", filing.discard, name="discard"),
    path("new/<slug:vendor>/<uuid:key>/check/", sending.check, name="check"),
    path("new/<slug:vendor>/<uuid:key>/solved/", sending.solved, name="solved"),
    path("new/<slug:vendor>/<uuid:key>/take-up/", sending.take_up, name="take_up"),
    path("new/<slug:vendor>/<uuid:key>/<slug:step>/", filing.step, name="step"),
    path("<slug:vendor>/<str:number>/", views.ticket, name="ticket"),
    path("<slug:vendor>/<str:number>/write/", actions.write, name="write"),
    path("<slug:vendor>/<str:number>/complete/", actions.complete, name="complete"),
    path("<slug:vendor>/<str:number>/review/", actions.review, name="review"),
    path("<slug:vendor>/<str:number>/urgent/", actions.urgent, name="urgent"),
    path("<slug:vendor>/<str:number>/confirm/", actions.confirm, name="confirm"),
    path("<slug:vendor>/<str:number>/rate/", actions.rate, name="rate"),
    path("<slug:vendor>/<str:number>/reopen/", actions.reopen, name="reopen"),
    path("<slug:vendor>/<str:number>/participants/", actions.add_participant, name="participants"),
    path("<slug:vendor>/<str:number>/participants/remove/", actions.remove_participant, name="participant-remove"),
    path("<slug:vendor>/<str:number>/pass-on/", actions.pass_on, name="pass-on"),
    path("<slug:vendor>/<str:number>/withdraw/", actions.withdraw, name="withdraw"),
]
