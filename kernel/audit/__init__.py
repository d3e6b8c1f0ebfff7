"""Who did what to which object, when, from where, before and after; the app may insert and read, never change."""
