"""Vendors (the tenants), organisations, sites, people, products, releases and installed items; their policies as files."""
