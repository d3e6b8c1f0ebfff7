"""Promises in time: policies, calendars, clocks and the escalation ladder; `sla.engine` is the arithmetic."""
