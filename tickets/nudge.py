"""Wake the workers after a commit. It only saves waiting for the next beat: nothing is lost when it fails."""

import logging

log = logging.getLogger(__name__)


def nudge(vendor_id: int) -> None:
    """Ask a worker to look at a vendor's timelines and outbox now; a broker that is down is no error."""
    from tickets.tasks import wake

    try:
        wake.apply_async(kwargs={"vendor_id": vendor_id}, expires=30)
    except Exception as failure:  # any transport's error: the next beat finds the work in the database
        log.warning("the workers could not be nudged: %s", failure)
