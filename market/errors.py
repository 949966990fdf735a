"""The one error this package raises on purpose."""


class MarketError(Exception):
    """A setting or a folder that cannot be used; the text says what it is, what is allowed and how to mend it."""
