"""The devices that pages are tried on."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Device:
    """A screen, and how it is touched. ``size`` is in CSS pixels."""

    name: str
    size: tuple[int, int]
    touch: bool = False
    scale: float = 1
    """Pixels of the screen for one CSS pixel."""
    dark: bool = False

    def in_the_dark(self) -> "Device":
        """The same with dark colours."""
        return replace(self, dark=True)

    def options(self) -> dict[str, Any]:
        """As Playwright's options of a context."""
        width, height = self.size
        return {
            "viewport": {"width": width, "height": height},
            "screen": {"width": width, "height": height},
            "has_touch": self.touch,
            "is_mobile": self.touch,
            "device_scale_factor": self.scale,
            "color_scheme": "dark" if self.dark else "light",
        }


SMALL_PHONE = Device("phone", (320, 640), touch=True)
MOTO_G4 = Device("moto", (360, 640), touch=True, scale=3)
DESKTOP = Device("desktop", (1280, 800))
ZOOMED = Device("zoomed", (640, 400), scale=2)
"""The desktop at 200 %: half as many CSS pixels on the same screen, as browsers zoom."""
