"""The secret that signs sessions, made once and kept."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def kept_secret(path: Path) -> str:
    """The secret in `path`, readable by its owner alone; drawn on first use, by whoever comes first."""
    try:
        if path.exists():
            return path.read_text()
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        with suppress(FileExistsError):  # somebody was faster: there is never a second secret
            os.link(fresh, path)
        fresh.unlink()
        return path.read_text()
    except OSError as problem:
        raise ImproperlyConfigured(
            f"The secret key in {path} cannot be kept ({problem.strerror}); "
            "set BIHUAN_VAR to a folder of your own, or BIHUAN_SECRET_KEY."
        ) from None
