"""What the operating system says of a file or folder that it refuses."""

from __future__ import annotations

import errno

from gridprio.text.sentence import sentence

CODES = {
    errno.EACCES: "system.permission_denied",
    errno.EDQUOT: "system.quota_exceeded",
    errno.EEXIST: "system.exists",
    errno.EIO: "system.input_output",
    errno.EISDIR: "system.is_folder",
    errno.EMFILE: "system.many_open_files",
    errno.ENAMETOOLONG: "system.name_too_long",
    errno.ENOENT: "system.no_such_file",
    errno.ENOSPC: "system.no_space",
    errno.ENOTDIR: "system.no_folder",
    errno.EPERM: "system.not_permitted",
    errno.EROFS: "system.read_only",
}
"""Those that users meet."""


def system_words(error: OSError) -> str:
    """Why the system refused, in both languages where it is one of `CODES`, else as the system says it."""
    code = CODES.get(error.errno or 0)
    return sentence(code) if code else error.strerror or str(error)
