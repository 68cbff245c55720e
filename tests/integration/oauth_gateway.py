"""A gateway that gives a token for a password as FastAPI's own tutorial has it.

`python oauth_gateway.py PORT`, with the password in PASSWORD: POST /token takes a form with a name
and a password, GET /rows wants the token, and /openapi.json says both.
"""

import os
import sys
from typing import Annotated
from urllib.parse import parse_qs

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer

TOKEN = "a-token"  # noqa: S105 -- of a test
app = FastAPI()
scheme = OAuth2PasswordBearer(tokenUrl="token")


@app.post("/token")
async def token(request: Request) -> dict[str, str]:
    """Give a token to who knows the password."""
    given = parse_qs((await request.body()).decode())
    if given.get("password") != [os.environ["PASSWORD"]] or given.get("username") != ["ada"]:
        raise HTTPException(401)
    return {"access_token": TOKEN, "token_type": "bearer"}


@app.get("/rows")
async def rows(shown: Annotated[str, Depends(scheme)]) -> list[int]:
    """Answer who shows the token."""
    if shown != TOKEN:
        raise HTTPException(401)
    return []


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
