"""What the phone asks for: the page, its files, its service worker, its manifest."""

import json

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from dashboard.api.scope import Asked
from dashboard.api.security import permissions_policy
from dashboard.components.screen import Screen
from dashboard.pages import plain
from dashboard.pages.field import files

router = APIRouter(include_in_schema=False)

PAGE = "/field"
# A phone reports where it is and what its camera sees; no other page of the house may ask for that.
_POLICY = {"Permissions-Policy": permissions_policy("camera", "geolocation")}


@router.get(PAGE)
def page(request: Request, services: Asked) -> Response:
    """Give the page in the viewer's language and theme, with every text it has in both languages."""
    screen = Screen.of(request.cookies, services.settings.language)
    content = files.page(screen, services)
    return Response(content, media_type="text/html", headers={**_POLICY, **plain.ASK_AGAIN, "Vary": "Cookie"})


@router.get(f"{PAGE}/")
def page_with_slash() -> Response:
    """Lead to the one address of the page."""
    return RedirectResponse(PAGE, status_code=308)


@router.get(f"{PAGE}/sw.js")
def service_worker() -> Response:
    """Give the service worker; it may keep what lies at the page's own address, above the folder it comes from."""
    headers = {**plain.ASK_AGAIN, "Service-Worker-Allowed": PAGE}
    return Response(files.service_worker(), media_type="text/javascript", headers=headers)


@router.get(f"{PAGE}/manifest.webmanifest")
def manifest(request: Request, services: Asked) -> Response:
    """Give the manifest by which a phone puts the page among its apps."""
    screen = Screen.of(request.cookies, services.settings.language)
    document = {
        "name": screen.text("page.title"),
        "short_name": screen.text("field.title"),
        "lang": "zh-CN" if screen.language == "zh" else "en",
        "id": PAGE,
        "start_url": PAGE,
        "scope": PAGE,
        "display": "standalone",
        "background_color": screen.palette.ink,
        "theme_color": screen.palette.ink,
        "icons": [{"src": files.address("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    content = json.dumps(document, ensure_ascii=False)
    return Response(content, media_type="application/manifest+json", headers={**plain.ASK_AGAIN, "Vary": "Cookie"})


@router.get(f"{PAGE}/static/{{version}}/{{name}}")
def static(version: str, name: str) -> Response:
    """Give a file of the page; a page of another version gets today's, but not for ever."""
    return plain.file_answer(files.static(), name, page="field", current=version == files.version())
