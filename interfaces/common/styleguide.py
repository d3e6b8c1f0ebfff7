"""The visual language on one page, with invented people; mounted where DEBUG is on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from interfaces.common.clock_face import ClockFace

PRIORITIES = [("P1", "P1 Urgent"), ("P2", "P2 Critical"), ("P3", "P3 Medium"), ("P4", "P4 Low")]
PRIORITY_TEXTS = {
    "P1": {"text": "Several users or a critical function stand still.", "note": "Answer due today 16:40"},
    "P2": {"text": "Much degraded, partly usable; one licence fails while others work."},
    "P3": {"text": "A function that is not essential is impaired; work goes on."},
    "P4": {"text": "Cosmetic, a how-to question, the status of a licence."},
}


class RequestForm(forms.Form):
    subject = forms.CharField(help_text="One line that says what does not work.")
    serial = forms.CharField(label="Serial number", required=False)
    kind = forms.ChoiceField(
        label="It is about",
        choices=[("", "Please choose"), ("m", "Messdatenauswertung und Schnittstellenkonfiguration")],
    )
    text = forms.CharField(
        label="Description", widget=forms.Textarea, help_text="What you did, what happened, what you expected."
    )
    priority = forms.ChoiceField(choices=PRIORITIES, widget=forms.RadioSelect)
    changes = forms.ChoiceField(
        label="Recent changes to the system", choices=[("no", "None"), ("yes", "Yes")], widget=forms.RadioSelect
    )
    trained = forms.BooleanField(label="I am trained on this instrument", required=False)
    file = forms.FileField(label="Measurement file", required=False, help_text=".shz or .sha, up to 2 GB")


class ReplyForm(forms.Form):
    kind = forms.ChoiceField(
        label="Kind", choices=[("public", "Reply"), ("internal", "Internal note")], widget=forms.RadioSelect
    )
    body = forms.CharField(label="Text", widget=forms.Textarea)


def _faces() -> list[ClockFace]:
    now = timezone.now()
    hour = timedelta(hours=1)
    return [
        ClockFace("breached", now - 5 * hour, clock="Response"),
        ClockFace("soon", now + hour, 2400),
        ClockFace("running", now + 7 * hour, 12000),
        ClockFace("paused", now - 72 * hour, 9000, reason="waiting for the customer"),
        ClockFace("lifted", now - hour, 9000, reason="defect"),
        ClockFace("met", now - hour),
        ClockFace("late", now - 30 * hour),
        ClockFace("ended", now - hour),
        ClockFace("none"),
    ]


def _tickets(faces: list[ClockFace]) -> list[dict[str, Any]]:
    subjects = [
        "Messdatenauswertung bricht nach Softwareaktualisierung 11.019.2 mit Speicherzugriffsverletzung ab",
        "Verktygsbanan för femaxlig simultanfräsning ger felaktig återgång vid säkerhetsplanet",
        "Licence not found on the second workstation",
        "Datenbankwiederherstellung",
        "Schnittstellenkonfigurationsdatei wird beim Serverneustart überschrieben",
    ]
    customers = [
        "Oberflächentechnik Schwäbisch Gmünd Verwaltungsgesellschaft mbH & Co. KG",
        "Nordic Tool AB",
        "Kieferorthopädische Gemeinschaftspraxis Dr. Hohenlohe-Schillingsfürst",
        "Åkerström & Söner Precisionsmekanik",
        "Bayside Aerospace",
    ]
    states = [
        ("new", "New"),
        ("open", "Open"),
        ("waiting_for_customer", "Waiting for customer"),
        ("waiting_for_third_party", "Waiting for third party"),
        ("resolved", "Resolved"),
        ("closed", "Closed"),
        ("cancelled", "Cancelled"),
    ]
    people = ["Anneliese Brandtner-Oberhuber", "Jonas Lindqvist", "", "Mira Patel", "Tobias Kern"]
    return [
        {
            "face": face,
            "number": f"MC-2026-{123 + index:06}",
            "subject": subjects[index % 5],
            "customer": customers[index % 5],
            "rank": index % 4 + 1,
            "priority": PRIORITIES[index % 4][1],
            "claimed": index == 2,
            "state": states[index % 7][0],
            "state_label": states[index % 7][1],
            "assignee": people[index % 5],
        }
        for index, face in enumerate(faces)
    ]


def _clocks(faces: list[ClockFace]) -> list[dict[str, Any]]:
    now = timezone.now()
    rungs = [
        {"percent": 75, "reached": True, "label": "assignee told", "at": now - timedelta(hours=3)},
        {"percent": 100, "reached": False, "label": "supervisor told", "at": now + timedelta(hours=1)},
        {"percent": 150, "reached": False, "label": "support management told"},
    ]
    trace = {
        "rules": [{"id": "M4"}, {"id": "M5"}, {"id": "M8"}],
        "facts": [
            {"label": "Policy", "value": "Mastercam, version 3 from 1 March 2026"},
            {"label": "Zone", "value": "Europe/Stockholm, from the licence's authorised user"},
        ],
        "lines": [
            {"kind": "mark", "text": "Priority P2 assigned, information complete"},
            {"kind": "count", "text": "Fri 20 Nov, 13:00–17:00", "amount": "4 h"},
            {"kind": "skip", "text": "Night and weekend"},
            {"kind": "count", "text": "Mon 23 Nov, 08:00–09:30", "amount": "1 h 30 min"},
            {"kind": "pause", "text": "Waiting for the customer, 09:30–11:00"},
            {"kind": "skip", "text": "Thanksgiving Day"},
            {"kind": "count", "text": "Mon 23 Nov, 11:00–13:30", "amount": "2 h 30 min"},
        ],
        "result": "Due Monday 23 November 2026, 13:30 CET: 8 h of support time.",
    }
    return [
        {
            "name": "Response",
            "face": faces[5],
            "percent": 40,
            "target": "8 h of support time",
            "due_at": now,
            "rungs": (),
        },
        {
            "name": "Resolution target",
            "face": faces[1],
            "percent": 92,
            "target": "8 h of support time",
            "due_at": now,
            "rungs": rungs,
            "trace": trace,
        },
        {
            "name": "Status update",
            "face": replace(faces[0], clock=""),
            "percent": 131,
            "target": "",
            "due_at": now,
            "rungs": rungs[:2],
            "note": "Internal goal, not shown to the customer.",
        },
        {"name": "Swap-in unit", "face": faces[3], "percent": 55, "rungs": ()},
        {
            "name": "Answer",
            "face": faces[8],
            "percent": None,
            "note": "Image Instruments promises no time. You are answered in turn.",
        },
    ]


def _entries() -> list[dict[str, Any]]:
    def ago(hours: int) -> datetime:
        return timezone.now() - timedelta(hours=hours)

    return [
        {
            "kind": "customer",
            "id": "m1",
            "author": "Anneliese Brandtner-Oberhuber",
            "role": "Nordic Tool AB",
            "at": ago(70),
            "body": "Guten Tag,\n\nseit der Aktualisierung auf 11.019.2 bricht die Auswertung ab. "
            "Siehe https://example.org/log.\n\nMit freundlichen Grüßen",
            "quoted": "On Monday you wrote:\nPlease send us the recorder file.",
            "attachments": [
                {"url": "#", "name": "Messung_Prüfling_2026-11-19_Wiederholung_Nachtschicht.shz", "size": 48_300_000},
                {"url": "#", "name": "screenshot.png", "size": 210_000, "preview_url": "#"},
            ],
        },
        {
            "kind": "event",
            "icon": "triangle-alert",
            "text": "Response reached 75 %: the assignee was told",
            "at": ago(50),
        },
        {
            "kind": "note",
            "author": "Mira Patel",
            "role": "Level 2",
            "at": ago(49),
            "body": "Same stack trace as in MC-2026-000097. Do not mention the fix date yet.",
        },
        {
            "kind": "note",
            "author": "Mira Patel",
            "houses": ["Dental Systems GmbH"],
            "at": ago(48),
            "body": "Could you check the server on site?",
        },
        {
            "kind": "staff",
            "author": "Jonas Lindqvist",
            "role": "Support",
            "at": ago(47),
            "body": "Thank you for the file. We reproduced the fault and will write again by Tuesday.",
        },
        {
            "kind": "event",
            "icon": "message-circle",
            "text": "Waiting for the customer",
            "author": "Jonas Lindqvist",
            "at": ago(47),
        },
    ]


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    faces = _faces()
    now = timezone.now()
    context = {
        "faces": faces,
        "tickets": _tickets(faces),
        "clocks": _clocks(faces),
        "entries": _entries(),
        "states": _tickets(faces)[:7],
        "priorities": [(1, "P1 Urgent"), (2, "P2 Critical"), (3, "P3 Medium"), (4, "P4 Low")],
        "form": RequestForm(initial={"priority": "P2"}, auto_id="ok_%s"),
        "bad_form": RequestForm({"subject": "", "priority": ""}, auto_id="bad_%s"),
        "reply": ReplyForm(initial={"kind": "public"}),
        "priority_texts": PRIORITY_TEXTS,
        "facts": [
            {
                "label": "Customer",
                "value": "Oberflächentechnik Schwäbisch Gmünd Verwaltungsgesellschaft mbH & Co. KG",
                "url": "#",
            },
            {"label": "Serial number", "value": "WFS-22-000417"},
            {"label": "Release", "value": "2026, update 2"},
            {"label": "Warranty", "value": "until 31 March 2027", "icon": "circle-check"},
            {"label": "Zone", "value": "Europe/Berlin, assumed", "icon": "triangle-alert"},
            {"label": "Distributor", "value": ""},
        ],
        "history": [
            {
                "icon": "flag",
                "text": "Priority",
                "before": "P3 Medium",
                "after": "P2 Critical",
                "who": "Mira Patel",
                "at": now - timedelta(hours=2),
            },
            {
                "icon": "reply",
                "text": "First response",
                "who": "Jonas Lindqvist",
                "at": now - timedelta(hours=47),
                "recorded_at": now - timedelta(hours=45),
            },
            {"icon": "inbox", "text": "Received in the portal", "at": now - timedelta(hours=70)},
        ],
        "chart": [
            {"label": "Mastercam, response", "value": 97.4, "text": "97.4 % of 412", "url": "#"},
            {
                "label": "Mastercam, resolution target",
                "value": 88.1,
                "text": "88.1 % of 396",
                "tone": "warn",
                "url": "#",
            },
            {
                "label": "Optocraft, qualified acknowledgement",
                "value": 71,
                "text": "71.0 % of 138",
                "tone": "danger",
                "url": "#",
            },
        ],
    }
    return render(request, "styleguide.html", context)
