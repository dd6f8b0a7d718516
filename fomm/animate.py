"""``python -m fomm.animate``; the function of that name is `fomm.animation.animate`.

Importing this module would put it in the place of `fomm.animate`, the function; so it can be called
like it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from fomm.animation import Summary, animate
from fomm.cli import main


class _Callable(ModuleType):
    def __call__(self, *args: Any, **kwargs: Any) -> Summary:  # noqa: ANN401
        return animate(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable

if __name__ == "__main__":
    sys.exit(main())
