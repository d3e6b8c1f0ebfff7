"""Mail about logins: what was done with one, and the link to a new password, which is made at delivery and nowhere kept."""

from collections.abc import Callable, Mapping
from email.utils import parseaddr

from allauth.account.forms import default_token_generator
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tickets.joining_mails import Content
from tickets.mails import address, line, ours, send
from tickets.times import absolute
from tickets.zones import is_zone
from vendors.letters import Letter
from vendors.models import LoginLetter, User


def deliver(letter: LoginLetter) -> None:
    """Send what a letter says to whom it concerns; nothing where an address is nobody's. Raises what kept the mail from going."""
    if letter.kind == Letter.RESET:
        for user in filter_users_by_email(letter.email, is_active=True, prefer_verified=True, for_login=True):
            _send(letter, user, _reset)
    elif letter.user is not None:
        _send(letter, letter.user, _DEEDS[Letter(letter.kind)])


def _send(letter: LoginLetter, user: User, say: Callable[[LoginLetter, User], Content]) -> None:
    name = settings.MFA_TOTP_ISSUER
    zone = user.time_zone if is_zone(user.time_zone) else settings.TIME_ZONE
    with translation.override(ours(user.language)), timezone.override(zone):
        content = say(letter, user)
        context = {"content": content, "vendor": {"name": name}, "language": ours(user.language)}
        mail = EmailMultiAlternatives(
            subject=line(content.title),
            body=render_to_string("mail/joining.txt", context),
            from_email=address(name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
            to=[address(user.name, letter.email)],
            headers={
                "Message-ID": f"<login-{letter.pk}-{user.pk}@{settings.MAIL_DOMAIN}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        mail.attach_alternative(render_to_string("mail/joining.html", context), "text/html")
        send(mail)


def _reset(letter: LoginLetter, user: User) -> Content:
    key = [user_pk_to_url_str(user), default_token_generator.make_token(user)]
    return Content(
        _("A new password"),
        [_("Somebody, you we hope, asked for a new password for your login here.")],
        _("Set a new password"),
        f"{settings.BASE_URL}{reverse('account_reset_password_from_key', args=key)}",
        [_("The link works once."), _("If you did not expect this, you need do nothing.")],
    )


def _deed(title: Callable[[], str]) -> Callable[[LoginLetter, User], Content]:
    def say(letter: LoginLetter, _user: User) -> Content:
        return Content(
            title(),
            [_("It happened on %(at)s.") % {"at": absolute(letter.at)}],
            _("See how you sign in"),
            f"{settings.BASE_URL}{reverse('mfa_index')}",
            [
                _("Was it you? Then you need do nothing."),
                _("If not, set a new password at once, and tell those who run this site: %(url)s")
                % {"url": f"{settings.BASE_URL}{reverse('account_reset_password')}"},
            ],
        )

    return say


_DEEDS: Mapping[Letter, Callable[[LoginLetter, User], Content]] = {
    Letter.PASSWORD: _deed(lambda: _("Your password was changed")),
    Letter.ADDRESS: _deed(lambda: _("The mail addresses of your login were changed")),
    Letter.APP_ADDED: _deed(lambda: _("An authenticator app was set up for your login")),
    Letter.APP_REMOVED: _deed(lambda: _("The authenticator app of your login was removed")),
    Letter.PASSKEY_ADDED: _deed(lambda: _("A passkey was added to your login")),
    Letter.PASSKEY_REMOVED: _deed(lambda: _("A passkey of your login was removed")),
    Letter.CODES_MADE: _deed(lambda: _("New recovery codes were made for your login")),
    Letter.CODE_USED: _deed(lambda: _("A recovery code of your login was used")),
    Letter.FACTORS_RESET: _deed(lambda: _("The second factors of your login were removed by those who run this site")),
}
