"""What a page must not do: ask for anything but files, complain, open a dialog."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import ConsoleMessage, Dialog, Page, Request

SLOWEST = 30_000
"""Milliseconds that anything may take: a machine may be busy."""


def watch(page: Page, wrong: list[str]) -> None:
    """Note in ``wrong`` whatever ``page`` should not do."""
    page.set_default_timeout(SLOWEST)

    def note(text: str) -> None:
        wrong.append(f"{Path(page.url).name}: {text}")

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            note(f"says {message.text}")

    def request(asked: Request) -> None:
        if not asked.url.startswith(("file:", "data:")):
            note(f"asks for {asked.url}")

    def dialog(opened: Dialog) -> None:
        note(f"opens a dialog: {opened.message}")
        opened.dismiss()

    page.on("console", console)
    page.on("pageerror", lambda error: note(f"fails: {error}"))
    page.on("request", request)
    page.on("requestfailed", lambda lost: note(f"has no {lost.url}: {lost.failure}"))
    page.on("dialog", dialog)
