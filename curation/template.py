def template() -> bytes:
    return b""
