"""What the vendor's file says of files: in words, and for the script that looks at one before it is uploaded (O8, O10)."""

import json

from django.conf import settings
from django.utils.translation import gettext as _

from vendors.catalog.schema import PolicyFile


def upload_rules(policy: PolicyFile, language: str) -> str:
    """Kinds, limits in bytes and words as JSON; `{name}` and `{limit}` stand for a file's name and its limit in MB. The server
    checks the same again (`tickets.services.files.require_acceptable`).
    """
    files, most = policy.files, settings.ATTACHMENT_MAX_BYTES
    return json.dumps(
        {
            "refused": list(files.refused),
            "kinds": [
                {"endings": list(kind.extensions), "max": min(kind.max_size.bytes, most)} for kind in files.kinds
            ],
            "others": min(files.others_max_size.bytes, most) if files.others == "with_caution" else None,
            "words": {
                "caution": policy.say(files.caution, language),
                "program": policy.say(files.refusal, language),
                "kind": _("“{name}” is of a kind that is not accepted here."),
                "large": _("“{name}” is larger than {limit} MB."),
                "empty": _("“{name}” is empty."),
            },
        }
    )


def file_words(policy: PolicyFile, language: str) -> list[str]:
    """Which files are expected, what is said of others, and which are never taken."""
    endings = ", ".join(ending for kind in policy.files.kinds for ending in kind.extensions)
    others = [_("Other kinds: %(caution)s") % {"caution": policy.say(policy.files.caution, language)}]
    return [
        _("Expected: %(endings)s") % {"endings": endings},
        *(others if policy.files.others == "with_caution" else []),
        policy.say(policy.files.refusal, language),
    ]
