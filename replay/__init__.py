"""A small re-enactment of LEAN: runs an unmodified algorithm over LEAN-format data, order for order."""
