"""Every way in: no models, no rules; parse, call one service, respond."""
