"""What can go wrong before a load starts; a failed request is a record, not an exception."""


class LoadError(Exception):
    """The load cannot be run as asked; the message says what, where and what to do."""


class LoadRefusedError(LoadError):
    """The load was well formed but must not be sent: a public target, or a rate beyond the client's own ceiling."""
