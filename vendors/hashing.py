"""How passwords are kept."""

from django.contrib.auth.hashers import ScryptPasswordHasher


class PasswordHasher(ScryptPasswordHasher):
    """scrypt as dear as ASVS 5.0 asks for (appendix C); what was kept more cheaply is renewed when its owner signs in."""

    work_factor = 2**15
    block_size = 8
    parallelism = 3
    maxmem = 64 * 1024 * 1024  # bytes; it takes 32 MiB
