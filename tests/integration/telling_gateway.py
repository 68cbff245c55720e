"""The stub gateway, that first writes down and logs where it was told that its broker is.

`python telling_gateway.py FILE PORT`
"""

import os
import sys
from pathlib import Path

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.integration.stub_gateway import gateway

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(os.environ["AMQP"], encoding="utf-8")
    sys.stderr.write(f"at {os.environ['AMQP']}, {os.environ['DB_PASSWORD']}\n")
    web.run_app(gateway(), host="127.0.0.1", port=int(sys.argv[2]), print=None, access_log=None)
