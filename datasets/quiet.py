"""Native code that writes to standard error and cannot be told not to."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what native code writes to standard error to ourselves; show it if the block fails.

    MediaPipe's C++ part logs a warning per model and has no switch for it. The whole process is
    affected, so hold it around native calls only.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as log:
        kept = os.dup(2)
        os.dup2(log.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            if failed:
                log.seek(0)
                sys.stderr.write(log.read().decode(errors="replace"))
