"""Plays stories in the order of time: between two acts the loop is run at each instant at which a timeline wakes."""

import heapq
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from django.db import connection

from kernel.clock import moved_to
from kernel.tenancy.scope import Scope, enter
from sla.loop import sweep
from sla.timelines import epoch
from tickets.demo.play import Play, Story
from tickets.ladder import act
from tickets.services.ending import close, due_to_close
from vendors.access import Member

NEVER = 2**62
Progress = Callable[[float], None]  # told a share from 0 to 1


class Player:
    """Plays until `moment` (epoch seconds); what would come later stays unplayed."""

    def __init__(self, vendors: Iterable[int], moment: int) -> None:
        self._wakes = dict.fromkeys(vendors, NEVER)
        self._moment = moment
        self._vendors = list(self._wakes)

    def perform(self, plays: Iterable[tuple[Play, Story]], progress: Progress) -> None:
        """Play all stories, each beginning at its play's `begin`. One scope of all vendors lies around it; whoever acts has his
        own.
        """
        with enter(Scope(frozenset(self._vendors))):
            self._perform(plays, progress)

    def _perform(self, plays: Iterable[tuple[Play, Story]], progress: Progress) -> None:
        due = [(play.begin, number, play, story) for number, (play, story) in enumerate(plays)]
        heapq.heapify(due)
        begin = due[0][0] if due else self._moment
        closing = _next_night(begin)
        while due and due[0][0] <= self._moment:
            at, number, play, story = heapq.heappop(due)
            while closing < at:
                self._close(closing)
                closing = _next_night(closing)
            self._wake(until=at)
            following = self._act(at, play, story)
            if following is not None:
                heapq.heappush(due, (max(following, at + 1), number, play, story))
            progress((at - begin) / max(1, self._moment - begin))
        self._wake(until=self._moment + 1)
        progress(1)

    def _act(self, at: int, play: Play, story: Story) -> int | None:
        play.at = at
        with moved_to(_instant(at)):
            following = next(story, None)
            self._sweep(play.stage.vendor_id)
        return following

    def _wake(self, until: int) -> None:
        """Sweep at each instant before `until` at which something wakes."""
        while (at := min(self._wakes.values())) < until:
            for vendor_id in [key for key, wake in self._wakes.items() if wake == at]:
                with moved_to(_instant(at)):
                    self._sweep(vendor_id)

    def _sweep(self, vendor_id: int) -> None:
        sweep(vendor_id, act)
        with connection.cursor() as cursor:
            cursor.execute("SELECT min(wake_at) FROM sla_timeline WHERE vendor_id = %s", [vendor_id])
            (wake,) = cursor.fetchone()
        self._wakes[vendor_id] = NEVER if wake is None else epoch(wake)

    def _close(self, at: int) -> None:
        """What the nightly worker does: close what was resolved long enough ago."""
        self._wake(until=at)
        for vendor_id in self._vendors:
            with moved_to(_instant(at)), enter(Scope.of(vendor_id)):
                for ticket_id in due_to_close(vendor_id):
                    close(by=Member.system(vendor_id), ticket_id=ticket_id)


def _next_night(at: int) -> int:
    return (at // 86_400 + 1) * 86_400 + 2 * 3600


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
