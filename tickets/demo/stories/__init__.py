"""What happens to tickets, vendor by vendor."""

from tickets.demo.stories import image_instruments, mastercam, optocraft
from tickets.demo.stories.plots import PLOTS, Plot

__all__ = ["PLOTS", "Plot", "image_instruments", "mastercam", "optocraft"]
