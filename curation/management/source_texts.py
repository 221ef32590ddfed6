"""The texts of the sources, which are not part of the project: found by their digest."""

import hashlib
from pathlib import Path


def read_texts(folder: Path) -> dict[str, str]:
    """SHA-256 → text of every `*.txt` (UTF-8) in a folder; line breaks stay as they are."""
    contents = [path.read_bytes() for path in sorted(folder.glob("*.txt"))]
    return {hashlib.sha256(content).hexdigest(): content.decode("utf-8") for content in contents}
