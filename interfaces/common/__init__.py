"""What all doors share: reader, scope, page context."""
