"""Between files and the model: frames into its squares, and its pictures back out of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

from fomm.media.fit import Box, Fit, content_box, fit, unfit
from fomm.media.picture import Picture
from fomm.media.read import Driver
from fomm.mover import Moved, Points
from fomm.options import Options
from fomm.pictures.panels import beside, with_keypoints
from fomm.progress import Report


class Squares:
    """The driver's frames as squares of the model's size; `times` holds when each was shown."""

    def __init__(self, driver: Driver, size: int, how: Fit) -> None:
        self._driver, self._size, self._how = driver, size, how
        self.times: deque[Fraction] = deque()

    def __iter__(self) -> Iterator[Picture]:
        self.times.clear()
        for frame, seconds in self._driver:
            self.times.append(seconds)
            yield fit(frame, self._size, self._how)

    def counted(self, report: Report) -> Iterator[Picture]:
        """Yield the frames once, reporting each."""
        report("best frame", 0, self._driver.frames)
        for done, frame in enumerate(self, 1):
            yield frame
            report("best frame", done, self._driver.frames)


class Layout:
    """Cuts pictures back out of the model's squares and puts them together for the viewer.

    Args:
        picture: The source, of any size.
        pose: Its keypoints, where the method has some.
        driver: The driver.
        size: Of the squares.
        options: How.
    """

    def __init__(
        self, picture: Picture, pose: Points | None, driver: Driver, size: int, options: Options
    ) -> None:
        self._options = options
        self._box = content_box(picture.shape[0], picture.shape[1], size, options.fit)
        self._driver_box = content_box(driver.size[0], driver.size[1], size, options.fit)
        square = fit(picture, size, options.fit)
        self._source = self._cut(square, pose, self._box)

    def arrange(self, frame: Moved) -> Picture:
        """Return the picture to be written, uint8 (H, W, 3)."""
        result = self._cut(frame.prediction, frame.kp_used, self._box)
        if not self._options.side_by_side:
            return result
        driving = self._cut(frame.driving, frame.kp_driving, self._driver_box)
        return beside([self._source, driving, result])

    def _cut(self, square: Picture, keypoints: Points | None, box: Box) -> Picture:
        if self._options.show_keypoints and keypoints is not None:
            square = with_keypoints(square, keypoints)
        return unfit(square, box)
