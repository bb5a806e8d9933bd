"""The console through the Ingress: the page, and everything it asks for, from this host alone."""

import re

import httpx

ASKED_FOR = re.compile(r'(?:src|href)="([^"#]+)"|from "([^"]+)"')


def addresses(text: str) -> set[str]:
    return {first or second for first, second in ASKED_FOR.findall(text)}


def test_the_page_and_all_its_parts_are_served_from_here(http: httpx.Client) -> None:
    page = http.get("/", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    seen: set[str] = set()
    waiting = {str(page.url.join(address)) for address in addresses(page.text)}
    assert any(address.endswith(".js") for address in waiting)
    while waiting:
        url = httpx.URL(waiting.pop())
        seen.add(str(url))
        assert url.host == page.url.host, url
        part = http.get(url)
        assert part.status_code == 200, url
        if url.path.endswith(".js"):
            waiting |= {str(url.join(address)) for address in addresses(part.text)} - seen
