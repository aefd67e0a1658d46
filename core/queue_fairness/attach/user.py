"""Who we are on the server."""

from urllib.parse import urlsplit


def is_named_user(url: str) -> bool:
    """Whether the URL names a user, whose rights and whose ACL log somebody keeps."""
    user = urlsplit(url).username
    return user not in (None, "", "default")
