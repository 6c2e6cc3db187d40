"""A headless Chromium that shows a page as readers see it: on a screen, a phone or paper, in light
or dark."""

import base64
import pathlib
import subprocess
import tempfile
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

PATIENCE = 30

# For each visible piece of text: the text, its box, its size, its contrast to the background by
# WCAG 2.1, and whether it is in a box that scrolls.
TEXTS = """
function channel(value) {
  value /= 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
function luminance([r, g, b]) {
  return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
}
function numbers(color) { return color.match(/[0-9.]+/g).map(Number); }
function behind(element) {
  for (let at = element; at; at = at.parentElement) {
    const color = numbers(getComputedStyle(at).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color;
  }
  throw new Error("no background");
}
function contrast(element) {
  const two = [numbers(getComputedStyle(element).color), behind(element)].map(luminance);
  return (Math.max(...two) + 0.05) / (Math.min(...two) + 0.05);
}
const texts = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode;
  const element = node.parentElement;
  if (!node.data.trim() || element.closest("svg")) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  texts.push({text: node.data.trim(), left: box.left + scrollX, right: box.right + scrollX,
              top: box.top + scrollY, bottom: box.bottom + scrollY,
              size: parseFloat(getComputedStyle(element).fontSize), contrast: contrast(element),
              scrolls: element.closest(".table") !== null});
}
return texts;
"""


class Browser:
    """A browser, which must be closed."""

    def __init__(self) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="yodel-chromium-",
                                                    ignore_cleanup_errors=True)
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        # Chromium has no sandbox for root, and a container has little shared memory.
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                         "--disable-gpu", f"--user-data-dir={self._profile.name}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self._driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self._driver.set_page_load_timeout(PATIENCE)
        self._driver.set_script_timeout(PATIENCE)

    def close(self) -> None:
        self._driver.quit()
        self._profile.cleanup()

    def open(self, page: pathlib.Path, width: int = 1280, scheme: str = "light",
             media: str = "screen") -> None:
        self._command("Emulation.setDeviceMetricsOverride",
                      {"width": width, "height": 800, "deviceScaleFactor": 1,
                       "mobile": width < 600})
        self._command("Emulation.setEmulatedMedia",
                      {"media": media,
                       "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        for kind in ("browser", "performance"):
            self._driver.get_log(kind)  # empties it
        self._driver.get(page.as_uri())

    def console(self) -> list[str]:
        """Returns the messages on the console since open()."""
        return [entry["message"] for entry in self._driver.get_log("browser")]

    def requests(self) -> str:
        """Returns the log of the browser's requests since open(), as JSON."""
        return "\n".join(entry["message"] for entry in self._driver.get_log("performance")
                         if "Network.requestWillBeSent" in entry["message"])

    def run(self, script: str) -> Any:
        return self._driver.execute_script(script)

    def texts(self) -> list[dict[str, Any]]:
        return self.run(TEXTS)

    def paper(self) -> str:
        """Returns the text of the page as it is printed."""
        pdf = self._command("Page.printToPDF", {"printBackground": False})["data"]
        return subprocess.run(["pdftotext", "-layout", "-", "-"], input=base64.b64decode(pdf),
                              capture_output=True, check=True, timeout=PATIENCE).stdout.decode()

    def save_screenshot(self, path: pathlib.Path) -> None:
        size = self.run("const all = document.documentElement;"
                        "return {x: 0, y: 0, scale: 1, width: all.clientWidth,"
                        "        height: all.scrollHeight}")
        shot = self._command("Page.captureScreenshot",
                             {"captureBeyondViewport": True, "clip": size})
        path.write_bytes(base64.b64decode(shot["data"]))

    def _command(self, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return self._driver.execute_cdp_cmd(name, parameters)
