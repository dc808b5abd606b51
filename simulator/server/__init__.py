"""A project on this machine's loopback, for looking at: the one place where wall time counts."""
