"""How many examples: few and always the same; PROPERTIES=<number> tries as many new ones."""

import os

from hypothesis import HealthCheck, settings

MANY = os.environ.get("PROPERTIES")
settings.register_profile(
    "here",
    max_examples=int(MANY or 60),
    derandomize=MANY is None,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("here")
