"""A real data set with a list of our own: Fashion's is a list of addresses, so they may be ours."""

PARAMS = """profile: full
profiles:
  full:
    download:
      source: files
      jobs: {jobs}
      retries: 1
      stop_after: 60
      pause: 0.01
      timeout: 3.0
"""


def write_lists(folder, host, *, train=(), test=()):
    """Write Fashion's two upstream lists with the addresses of ``host`` into ``folder/lists``."""
    lists = folder / "lists"
    lists.mkdir(parents=True, exist_ok=True)
    for name, ids in (("train", train), ("test", test)):
        text = "".join(f"{host.url}/{video_id}.mp4\n" for video_id in ids)
        (lists / f"fashion_{name}.txt").write_text(text)
    return lists


def write_params(folder, jobs=8):
    """Write a ``params.yaml`` with short pauses into ``folder``."""
    (folder / "params.yaml").write_text(PARAMS.format(jobs=jobs))
