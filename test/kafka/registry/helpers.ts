/** A server that answers as a test says, in the place of a registry. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { SchemaRegistryRefusedError } from '../../../src/kafka/registry/errors.ts';

/** A server that answers as `answers` says, in turn; the last one again and again. */
export async function scripted(
  t: TestContext,
  ...answers: ((response: http.ServerResponse, request: http.IncomingMessage) => void)[]
) {
  const seen: string[] = [];
  const url = await served(t, (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const answer = answers[Math.min(seen.length, answers.length) - 1]!;
    answer(response, request);
  });
  return { url, seen };
}

/** The address of a server that answers by `listener` until the test ends. */
export async function served(t: TestContext, listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** That answer. */
export const says =
  (status: number, body: unknown, headers: http.OutgoingHttpHeaders = {}) =>
  (response: http.ServerResponse): void => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

/** Whether an error is that refusal. */
export const refused =
  (status: number, code: number | undefined, text: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof SchemaRegistryRefusedError, String(error));
    assert.deepEqual([error.status, error.errorCode], [status, code]);
    assert.match(error.message, text);
    return true;
  };
