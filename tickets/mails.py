TOPIC = "mail"
from kernel.outbox.services import Topic
DELIVERY=Topic(prepare=lambda *a: None, send=lambda m: None)
