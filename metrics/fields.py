"""What the fields of a result may hold, as types that pydantic checks and a JSON Schema tells."""

from __future__ import annotations

import re
from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field

STRICT = ConfigDict(extra="forbid", strict=True)
METHOD_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
METHOD_NAME = re.compile(METHOD_PATTERN)
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

MethodName = Annotated[str, Field(pattern=METHOD_PATTERN, max_length=64)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9@+=._-]*$", max_length=200)]
"""A word of ours: the id of a metric, a split, an extractor, a slot."""
ClipId = Annotated[str, Field(min_length=1, max_length=200, pattern=rf"^[^{_UNSEEN}/\\]+$")]
Text = Annotated[str, Field(max_length=2000, pattern=rf"^[^{_UNSEEN}]*$")]
"""One line without characters that cannot be seen, or that turn the order of others."""
Count = Annotated[int, Field(ge=0, le=2**53)]
"""No further than a float counts exactly, as any reader of JSON may take it for one."""
Number = Annotated[float, Field(allow_inf_nan=False)]
Few = Annotated[dict[_Key, _Value], Field(max_length=200)]
"""A table with room for all that will ever be ours."""
