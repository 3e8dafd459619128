"""How the issuer answers programs: JSON that nobody may keep, errors in the words of RFC 6749."""

from typing import Annotated, Any, cast

from fastapi import Form, Request
from fastapi.responses import JSONResponse

Text = Annotated[str, Form(max_length=500)]  # anything typed in
Token = Annotated[str, Form(max_length=4096)]


class Denied(Exception):
    """No, and which error of RFC 6749 or 6750 it is; nothing else is ever told."""

    def __init__(self, status: int, error: str, **headers: str) -> None:
        self.status, self.error, self.headers = status, error, headers


def answer(
    status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> JSONResponse:
    """Answer with JSON."""
    return JSONResponse(body, status, {"Cache-Control": "no-store", **(headers or {})})


async def denied(_: Request, error: Exception) -> JSONResponse:
    """Answer a Denied."""
    why = cast(Denied, error)  # it is registered for nothing else
    bearer = {"WWW-Authenticate": "Bearer"} if why.status == 401 else {}
    return answer(why.status, {"error": why.error}, bearer | why.headers)


def address_of(request: Request) -> str:
    """Return where a request comes from; behind a proxy uvicorn must be told to trust it."""
    return request.client.host if request.client else "unknown"
