"""Mail, and in development the sink that shows it."""
