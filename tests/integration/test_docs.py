import re

import pytest

from service.settings import Settings
from tests.support.served import served


async def test_the_page_and_its_files_come_from_here(sqlite_settings: Settings) -> None:
    async with served(sqlite_settings) as service:
        page = await service.public.get("/docs")
        assert page.status_code == 200
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(files) == 3
        for file in files:
            assert file.startswith("/docs-assets/")
            assert (await service.public.get(file)).status_code == 200


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs-assets/swagger-ui.css"])
async def test_production_has_no_page(sqlite_settings: Settings, path: str) -> None:
    production = sqlite_settings.model_copy(update={"environment": "production"})
    async with served(production) as service:
        assert (await service.public.get(path)).status_code == 404
