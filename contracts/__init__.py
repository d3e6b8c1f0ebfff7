"""Entitlement: contracts, warranty, supported releases, who serves whom; work and money."""
