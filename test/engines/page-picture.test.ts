import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { findChromium, picturePage } from '../../src/engines/index.ts';

const skip = findChromium() === undefined ? 'there is no Chromium here' : false;

test('without a Chromium, and at a size that is none, it says so', async () => {
  const env = { PATH: '' };
  await assert.rejects(picturePage('http://127.0.0.1:1/', { env }), {
    code: 'ST_ENGINES_PAGE_PICTURE',
    message: /there is no Chromium on this machine/,
  });
  await assert.rejects(picturePage('http://127.0.0.1:1/', { width: 0 }), { code: 'ST_OPTION_INVALID' });
});

test(
  'a page is pictured once it is ready, after what was to be prepared; one that is not is given up',
  { skip },
  async (t) => {
    const page = `<title>a</title><p id="later">wait</p><script>
    setTimeout(() => (document.querySelector('#later').textContent = 'ready'), 500)</script>`;
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(page));
    t.after(() => server.closeAllConnections());
    t.after(() => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const ready = 'document.querySelector("#later").textContent === "ready"';
    const size = { width: 200, height: 100 };
    const white = await picturePage(url, { ...size, ready, prepare: 'document.body.innerHTML = ""' });
    const text = await picturePage(url, { ...size, ready });
    for (const png of [white, text])
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [200, 100]);
    assert.ok(text.length > white.length, 'letters are in one of them');
    await assert.rejects(picturePage(url, { ready: 'false', timeoutMs: 3_000 }), {
      code: 'ST_ENGINES_PAGE_PICTURE',
      message: /was not ready in 3 s \(false\)/,
    });
    await assert.rejects(picturePage('http://127.0.0.1:1/'), { message: /cannot be opened \(net::ERR/ });
  },
);
