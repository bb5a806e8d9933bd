"""The API's page for people: Swagger UI, with its files from a package, so that nothing is asked of another host.

FastAPI's page brings its script inline, so its policy allows that, and nothing from elsewhere.
"""

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

ASSETS = "/docs-assets"
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def install(app: FastAPI) -> None:
    """Serve the page at /docs."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=f"{app.title} API",
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{ASSETS}/favicon-32x32.png",
        swagger_ui_parameters={"persistAuthorization": True},
    )
    page.headers["content-security-policy"] = POLICY

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return page

    app.mount(ASSETS, StaticFiles(packages=[("fastapi_swagger", "resources")]))
