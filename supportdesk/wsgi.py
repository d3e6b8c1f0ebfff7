"""The web server's entry."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportdesk.settings")
application = get_wsgi_application()

from kernel.tenancy.role import require_app_role  # noqa: E402  the role can be asked for only once Django is set up

require_app_role()
