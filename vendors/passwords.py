"""What a password must not be made of: words that anybody would try first at this site."""

import re
import unicodedata
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from vendors.models import User, Vendor

_LIST = Path(__file__).with_name("password_words.txt")
_LOOKS_LIKE = str.maketrans("013457@$!", "oieastasi")
_LEAST = 4  # letters that must be left of it
_SHORT = 3  # a word of fewer letters would be found in everything


class GuessableWordsValidator:
    """Refuses what is nothing but such words, digits and signs, also with digits for letters; and one of the 20,000 commonest
    passwords that was only made longer by digits and signs, or by saying it again.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for it."""
        words = sorted(_listed() | _of_this_site(), key=len, reverse=True)
        readings = (_letters(password), _letters(password, read=True))
        if any(len(_without(words, text)) < _LEAST or _known(text) for text in readings):
            raise ValidationError(self.get_help_text(), code="password_guessable")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("Take words that nobody would try first here, like this site's, a vendor's or “password”.")


def _without(words: list[str], text: str) -> str:
    for word in words:
        text = text.replace(word, "")
    return text


def _known(text: str) -> bool:
    common = _common()
    again = (text[:n] for n in range(_LEAST, len(text) // 2 + 1) if text == text[:n] * (len(text) // n))
    return text in common or any(part in common for part in again)


def _letters(text: str, *, read: bool = False) -> str:
    """Its letters, small and without accents; with `read`, digits and signs that look like letters are ones."""
    folded = unicodedata.normalize("NFKD", text).lower()
    return re.sub(r"[\W\d_]", "", re.sub(r"[\W\d_]+$", "", folded).translate(_LOOKS_LIKE) if read else folded)


@cache
def _common() -> set[str]:
    return set(CommonPasswordValidator().passwords)


@cache
def _listed() -> set[str]:
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def _of_this_site() -> set[str]:
    with enter(Scope(open=frozenset(Tenant.objects.values_list("pk", flat=True)))):
        names = list(Vendor.objects.values_list("name", "slug"))
    host = urlsplit(settings.BASE_URL).hostname or ""
    texts = [*(text for pair in names for text in pair), host, *host.split(".")]
    whole = {_letters(text) for text in texts} | {_letters(word) for text in texts for word in text.split()}
    return {word for word in whole if len(word) > _SHORT}
