"""Code digests: change with behaviour, not with words."""

import pytest

from datasets.code import code_sha256

CODE = '''"""A module."""

def f(x):
    """Add one."""
    return x + 1
'''


@pytest.fixture
def digest(tmp_path):
    def of(text, name="a.py"):
        (tmp_path / name).write_text(text)
        return code_sha256([tmp_path / name])

    return of


@pytest.mark.parametrize(
    "text",
    [
        CODE.replace("Add one", "Return the successor"),
        CODE.replace("return x + 1", "return x+1  # one more"),
        CODE.replace('"""A module."""', '"""Another text\nin two lines."""\n\n# and a comment'),
    ],
)
def test_words_and_layout_do_not_count(digest, text):
    assert digest(text) == digest(CODE)


@pytest.mark.parametrize("text", [CODE.replace("+ 1", "+ 2"), CODE + "\nf = abs\n", ""])
def test_behaviour_counts(digest, text):
    assert digest(text) != digest(CODE)


def test_names_count_and_the_order_of_listing_does_not(digest, tmp_path):
    assert digest(CODE) != digest(CODE, "b.py")
    files = [tmp_path / "a.py", tmp_path / "b.py"]
    assert code_sha256(files) == code_sha256(files[::-1])
