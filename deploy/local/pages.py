"""What a browser sees of the issuer: the login page and its errors, in Indonesian, no scripts."""

import base64
import hashlib
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse

from deploy.local.grants import Request as Asked

PAGE = Template(Path(__file__).with_name("login.html").read_text())
STYLE = """
body{font:1.125rem/1.5 system-ui,sans-serif;margin:0;background:#f3f2f1;color:#0b0c0c}
main{max-width:24rem;margin:2rem auto;padding:1.5rem;background:#fff}
h1{font-size:1.5rem;margin-top:0}
label{display:block;font-weight:600;margin-top:1rem}
input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:2px solid #0b0c0c}
input:focus,button:focus{outline:3px solid #ffdd00;outline-offset:0}
button{font:inherit;margin-top:1.5rem;padding:.6rem 1.2rem;border:0;background:#00703c;color:#fff}
.hint{font-weight:400;color:#505a5f;display:block}
.error{border-left:5px solid #d4351c;padding-left:1rem;color:#aa2a16;font-weight:600}
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
FORM = Template("""$error
<form method="post" action="authorize" autocomplete="on">
$hidden
<label for="username">Nama pengguna</label>
<input id="username" name="username" maxlength="200" required autocomplete="username"
 autocapitalize="none" spellcheck="false" value="$username">
<label for="password">Kata sandi</label>
<input id="password" name="password" type="password" maxlength="200" required
 autocomplete="current-password">
<label for="totp">Kode sekali pakai
<span class="hint">6 angka dari aplikasi autentikator Anda</span></label>
<input id="totp" name="totp" inputmode="numeric" pattern="[0-9]{6}" maxlength="6" required
 autocomplete="one-time-code">
<button type="submit">Masuk</button>
</form>""")
WRONG = "Nama pengguna, kata sandi, atau kode tidak cocok. Kode hanya dapat dipakai satu kali."
LATER = "Terlalu banyak percobaan. Coba lagi dalam {} detik."
NOT_REGISTERED = "Permintaan masuk ini tidak berasal dari halaman Aduan. Tidak ada yang dikirim."
ELSEWHERE = "Formulir ini dikirim dari situs lain. Buka halaman Aduan dan masuk dari sana."


def login(asked: Asked, *, username: str = "", error: str = "", status: int = 200) -> HTMLResponse:
    """Return the login page; whatever was asked for travels with it and is checked again."""
    hidden = "\n".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in asked.model_dump().items()
        if value
    )
    body = FORM.substitute(
        hidden=hidden,
        username=escape(username),
        error=f'<p class="error" role="alert">{escape(error)}</p>' if error else "",
    )
    title = "Kesalahan: Masuk ke Aduan" if error else "Masuk ke Aduan"
    return _page(title, "Masuk ke Aduan", body, status, _origin(asked.redirect_uri))


def problem(text: str, status: int) -> HTMLResponse:
    """Return a page that says why there is nothing to log in to."""
    body = f'<p class="error" role="alert">{escape(text)}</p>'
    return _page("Kesalahan: Masuk ke Aduan", "Tidak dapat masuk", body, status)


def is_ours(request: Request, url: str) -> bool:
    """Tell whether a form was sent from our own page: no other site may log anybody in."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return request.headers.get("origin") == _origin(url)


def _page(title: str, heading: str, body: str, status: int, back: str = "") -> HTMLResponse:
    html = PAGE.substitute(title=title, heading=heading, body=body, style=STYLE)
    return HTMLResponse(html, status, headers(back))


def headers(back: str = "") -> dict[str, str]:
    """Return what a browser is told about every page; `back` is where the form leads in the end.

    Browsers apply form-action also to the redirect that answers the form.
    """
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self' {back};"
            " base-uri 'none'; frame-ancestors 'none'"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",  # with no-referrer our own form would come from nowhere
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
