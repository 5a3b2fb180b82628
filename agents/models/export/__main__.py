"""`python -m agents.models.export --cache FOLDER`."""

from __future__ import annotations

from agents.models.export.run import main

if __name__ == "__main__":
    raise SystemExit(main())
