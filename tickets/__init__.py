"""Tickets, messages, attachments, hand-offs; what escalation does; what is said to whom."""
