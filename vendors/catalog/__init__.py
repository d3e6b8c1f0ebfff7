"""The vendors' policies as files: one TOML file a vendor, read and checked by ``schema``."""
