"""Whether the web process answers 200 at /healthz/, asked under the first host name that it answers to."""

import os
import sys
import urllib.request

host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".*") or "localhost"
request = urllib.request.Request("http://127.0.0.1:8000/healthz/", headers={"Host": host})
try:
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  a fixed address  # nosec B310
        sys.exit(answer.status != 200)
except OSError as error:
    sys.exit(str(error))
