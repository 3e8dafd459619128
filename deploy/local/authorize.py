"""Logging in from a page: the form, and the way back to the page with a code."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from deploy.local import pages
from deploy.local.answers import Text, address_of
from deploy.local.desk import Desk, NotRecognised, TooSoon, browser_cookie
from deploy.local.grants import NotRegistered, Refused
from deploy.local.grants import Request as Asked
from deploy.local.logins import Member

REMEMBER = 180 * 24 * 3600  # seconds a browser stays known


def routes(desk: Desk) -> APIRouter:
    """Return the pages of the issuer."""
    router = APIRouter()

    @router.get("/authorize")
    async def ask(request: Request) -> Response:
        try:
            asked = desk.clients.request(request.query_params.multi_items())
        except NotRegistered:
            return pages.problem(pages.NOT_REGISTERED, 400)
        try:
            asked.check()
        except Refused as refused:
            return _back(asked.answer(desk.url, error=refused.error))
        return pages.login(asked)

    @router.post("/authorize")
    async def log_in(
        request: Request, username: Text = "", password: Text = "", totp: Text = ""
    ) -> Response:
        if not pages.is_ours(request, desk.url):
            return pages.problem(pages.ELSEWHERE, 403)
        form = (await request.form()).multi_items()
        given = [(name, str(value)) for name, value in form if name in Asked.model_fields]
        try:
            asked = desk.clients.request(given)
            asked.check()
        except (NotRegistered, Refused):
            return pages.problem(pages.NOT_REGISTERED, 400)
        place = desk.place(username, address_of(request), request.cookies)
        try:
            member = await desk.recognise(username, password, totp, place)
        except TooSoon as wait:
            answer = pages.login(
                asked, username=username, error=pages.LATER.format(wait.seconds), status=429
            )
            answer.headers["Retry-After"] = str(wait.seconds)
            return answer
        except NotRecognised:
            return pages.login(asked, username=username, error=pages.WRONG, status=401)
        code = desk.grants.give(member.sub, asked, desk.now())
        return _remember(_back(asked.answer(desk.url, code=code)), desk, member)

    return router


def _back(url: str) -> RedirectResponse:
    """Send the browser back; 303, so that it does not send the password along."""
    return RedirectResponse(url, 303, pages.headers())


def _remember(answer: Response, desk: Desk, member: Member) -> Response:
    answer.set_cookie(
        browser_cookie(member),
        desk.browser_mark(member),
        max_age=REMEMBER,
        path="/authorize",
        secure=desk.url.startswith("https:"),
        httponly=True,
        samesite="strict",
    )
    return answer
