"""The pictures of the guides: fewer bytes, and what one sees is the same."""

import base64

from playwright.async_api import Browser

from tests.support.browser.pictures import small_png

PAGE = """<style>
body { margin: 0 }
p { height: 40px; margin: 0; background: #0b4f6c }
p + p { background: #9b1c1c }
</style>
<p></p><p></p><h1>Canalizaciones</h1>"""
DRAWN = """async (address) => {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  return [image.width, image.height, ...canvas.getImageData(5, 5, 1, 1).data, ...canvas.getImageData(5, 60, 1, 1).data];
}"""


async def test_a_small_picture_shows_what_the_large_one_showed(chromium: Browser) -> None:
    page = await chromium.new_page(viewport={"width": 320, "height": 200})
    await page.set_content(PAGE)
    large = await page.screenshot()
    small = small_png(large, colours=16)
    seen = [
        await page.evaluate(DRAWN, "data:image/png;base64," + base64.b64encode(one).decode()) for one in (large, small)
    ]
    await page.close()
    assert seen[0] == seen[1] == [320, 200, 0x0B, 0x4F, 0x6C, 255, 0x9B, 0x1C, 0x1C, 255]
    assert len(small) < len(large)
