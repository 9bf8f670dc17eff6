/** JupyterLab behind the forwarder of a cloud workspace: requests as such a forwarder passes them on. */
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import WebSocket from 'ws';
import { forwardedOrigin } from '../../src/jupyter/browser.ts';
import { startJupyter } from '../../src/jupyter/server.ts';

const codespace = { CODESPACES: 'true', CODESPACE_NAME: 'silver-space-4' };

test('a Codespace is known by its own settings, and nothing else is taken for one', () => {
  assert.equal(forwardedOrigin(8888, codespace), 'https://silver-space-4-8888.app.github.dev');
  const elsewhere = { ...codespace, GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: 'preview.example' };
  assert.equal(forwardedOrigin(1, elsewhere), 'https://silver-space-4-1.preview.example');
  assert.equal(forwardedOrigin(8888, { CODESPACE_NAME: 'x' }), undefined);
  assert.equal(forwardedOrigin(8888, { CODESPACES: 'true' }), undefined);
});

test('in a Codespace a kernel starts and answers for the forwarded page, and for no other origin', async (t) => {
  const jupyter = await startJupyter({ env: codespace });
  t.after(() => jupyter.stop());
  const origin = `https://silver-space-4-${jupyter.port}.app.github.dev`;
  assert.equal(jupyter.url, `${origin}/lab?token=${jupyter.token}`);
  let kernel: string | undefined;
  // A forwarder keeps the name that the browser asked for, or says "localhost".
  for (const host of [new URL(origin).hostname, `localhost:${jupyter.port}`]) {
    const page = await ask(jupyter.port, 'GET', `/lab?token=${jupyter.token}`, { host });
    assert.equal(page.status, 200, host);
    const cookie = page.cookies.join('; ');
    const xsrf = /_xsrf=([^;]+)/.exec(cookie)?.[1] ?? '';
    const headers = { host, origin, referer: `${origin}/lab`, cookie, 'x-xsrftoken': xsrf };
    if (kernel === undefined) {
      const made = await ask(jupyter.port, 'POST', '/api/kernels', headers, '{"name":"tslab"}');
      assert.equal(made.status, 201, made.text);
      kernel = (JSON.parse(made.text) as { id: string }).id;
    }
    const socket = `ws://127.0.0.1:${jupyter.port}/api/kernels/${kernel}/channels`;
    assert.equal(await opens(socket, headers), 'open');
    assert.equal(await opens(socket, { ...headers, origin: 'https://other.app.github.dev' }), 403);
  }
  assert.equal((await ask(jupyter.port, 'GET', '/lab', { host: 'other.app.github.dev' })).status, 403);
});

/** One request with the headers as given; Node's fetch would choose the host itself. */
async function ask(port: number, method: string, path: string, headers: http.OutgoingHttpHeaders, body = '') {
  return new Promise<{ status: number | undefined; text: string; cookies: string[] }>((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const cookies = (response.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]!);
      response.once('end', () => resolve({ status: response.statusCode, text, cookies }));
    });
    request.once('error', reject).end(body);
  });
}

/** Whether a socket opens: 'open', or the status that refuses it. */
async function opens(url: string, headers: Record<string, string>): Promise<string | number | undefined> {
  const socket = new WebSocket(url, { headers });
  try {
    return await new Promise((resolve, reject) => {
      socket.once('open', () => resolve('open'));
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.once('error', reject);
    });
  } finally {
    socket.once('error', () => undefined); // it was not to be opened
    socket.terminate();
  }
}
