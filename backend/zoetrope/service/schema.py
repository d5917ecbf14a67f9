"""Write docs/protocol.schema.json: python -m zoetrope.service.schema docs/protocol.schema.json."""

import json
import sys
from pathlib import Path

from zoetrope.service.messages import schema

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")
