"""Addresses of the staff's own pages, within the desk's."""

from django.urls import path

from interfaces.desk.staff import domains, people, providers, teams, workload

urlpatterns = [
    path("", workload.overview, name="workload"),
    path("people/", people.listing, name="staff"),
    path("teams/", teams.listing, name="teams"),
    path("domains/", domains.listing, name="domains"),
    path("<slug:vendor>/domains/new/", domains.new, name="domain_new"),
    path("<slug:vendor>/domains/<int:key>/remove/", domains.remove, name="domain_remove"),
    path("providers/", providers.listing, name="providers"),
    path("<slug:vendor>/providers/new/", providers.new, name="provider_new"),
    path("<slug:vendor>/providers/<int:key>/", providers.provider, name="provider"),
    path("<slug:vendor>/providers/<int:key>/remove/", providers.remove, name="provider_remove"),
    path("<slug:vendor>/providers/links/<int:key>/forget/", providers.unlink, name="identity_unlink"),
    path("<slug:vendor>/workload/<int:key>/", workload.of_one, name="workload_of"),
    path("<slug:vendor>/teams/new/", teams.new, name="team_new"),
    path("<slug:vendor>/teams/<int:key>/", teams.team, name="team"),
    path("<slug:vendor>/teams/<int:key>/remove/", teams.remove, name="team_remove"),
    path("<slug:vendor>/people/<int:key>/", people.person, name="person"),
    path("<slug:vendor>/people/<int:key>/skills/", people.skills, name="person_skills"),
    path("<slug:vendor>/people/<int:key>/shifts/", people.shifts, name="person_shifts"),
    path("<slug:vendor>/people/<int:key>/absences/", people.absences, name="person_absences"),
    path("<slug:vendor>/absences/<int:key>/remove/", people.remove_absence, name="absence_remove"),
]
