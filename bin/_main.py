"""Where every command of bin/ begins; see bin/_launch."""

from __future__ import annotations

import sys

from _launch.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
