"""What the process that takes files apart knows of one before it opens it: how a workbook begins, and how it is refused.

Alone here, for a text file needs nothing of what reads workbooks, which takes longer to load than such a file to read.
"""

ARCHIVE, COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
LONGEST_CELL = 32_767  # characters, as in a spreadsheet


class NotReadable(Exception):
    """The file is no table that can be read: why, in Chinese and in English."""
