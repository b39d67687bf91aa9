"""Messages that must arrive: the outbox and its destinations."""
