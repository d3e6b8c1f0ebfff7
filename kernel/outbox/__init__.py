"""What must leave the house (mail, later webhooks): written with the change, delivered afterwards, at least once."""
