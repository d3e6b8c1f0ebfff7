"""How gunicorn serves the site: `gunicorn --config python:supportdesk.gunicorn --bind …`."""

from typing import Any

from gunicorn.glogging import Logger

from interfaces.common.proxies import LOGIN
from supportdesk.logs import Discreet, without_secrets


class AccessLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own logs, without secrets."""

    def setup(self, cfg: Any) -> None:
        """Errors are told as the application tells its own."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        for handler in self.access_log.handlers:
            handler.setFormatter(Discreet("%(asctime)s %(message)s"))

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """What the format may name: who by the key of his login, nothing of query, headers and addresses."""
        told: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return {
            "m": told["m"],
            "U": without_secrets(str(told["U"] or "")),
            "s": told["s"],
            "M": told["M"],
            "u": str(environ.get(LOGIN, "-")),
        }


workers = 2
worker_class = "gthread"
threads = 4
graceful_timeout = 5
control_socket_disable = True
# Who is believed about the client's address and scheme is settled in one place: interfaces.common.proxies.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(M)s ms login %(u)s"
logger_class = AccessLog
