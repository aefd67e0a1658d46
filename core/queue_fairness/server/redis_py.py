"""Whether the redis-py of this environment is one that we can work with.

Installers lay an older one over ours where another package of the environment wants it.
"""

import re

from queue_fairness.errors import ServerError

NEEDED = (8, 1)
"""Oldest version whose connections hold still when they are told to; as in pyproject.toml."""


def check_redis_py() -> None:
    """Refuse a redis-py that is too old, before something fails to be imported from it.

    Raises:
        ServerError: With one sentence.
    """
    needed = ".".join(map(str, NEEDED))
    try:
        # All of a run's modules import it anyway; to read its metadata would take longer.
        import redis
    except ImportError as error:
        raise ServerError(f"redis-py {needed} or newer is needed and cannot be imported") from error
    version = str(getattr(redis, "__version__", "of an unknown version"))
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None or tuple(map(int, numbers.groups())) < NEEDED:
        raise ServerError(
            f"redis-py {version} is installed here, and {needed} or newer is needed: another "
            "package of this environment holds it back, so give it an environment of its own"
        )
