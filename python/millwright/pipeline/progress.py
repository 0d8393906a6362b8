"""Progress bars, for those who can see one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(is_wanted: bool, **settings: Any) -> Iterator[Callable[..., None]]:
    """A function that is told how far the work is, and what it does; shown on a terminal or in a notebook only."""
    if not is_wanted:
        yield lambda done, what="": None
        return
    import tqdm.auto

    with tqdm.auto.tqdm(disable=None, leave=False, **settings) as bar:

        def show(done: int, what: str = "") -> None:
            if what:
                bar.set_postfix_str(what, refresh=False)
            bar.update(done - bar.n)

        yield show
