"""What every floor stands on: tenancy, audit, outbox. Knows no domain, and tenants only by key."""
