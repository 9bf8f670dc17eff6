/** Local servers that speak as X and Jetstream do, one scripted answer for each request. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';

/** What the server saw. */
export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (response: http.ServerResponse, request: SeenRequest) => void;

/** A server that gives the n-th request the n-th answer; requests beyond them hang. */
export async function scriptedServer(
  t: TestContext,
  answers: Answer[],
): Promise<{ url: string; seen: SeenRequest[] }> {
  const seen: SeenRequest[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { method = '', headers } = request;
      const one = { method, headers, body, url: new URL(request.url ?? '/', 'http://127.0.0.1') };
      seen.push(one);
      answers[seen.length - 1]?.(response, one);
    });
  });
  const port = await listening(t, server);
  return { url: `http://127.0.0.1:${port}/2/tweets/search/stream`, seen };
}

/** A Jetstream that calls the n-th script for the n-th connection. */
export async function scriptedJetstream(
  t: TestContext,
  scripts: ((socket: WebSocket, url: URL) => void)[],
): Promise<{ url: string; seen: URL[] }> {
  const seen: URL[] = [];
  const server = http.createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    const url = new URL(request.url ?? '/', 'ws://127.0.0.1');
    seen.push(url);
    scripts[seen.length - 1]?.(socket, url);
  });
  const port = await listening(t, server);
  t.after(() => sockets.clients.forEach((socket) => socket.terminate()));
  return { url: `ws://127.0.0.1:${port}/subscribe`, seen };
}

async function listening(t: TestContext, server: http.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A post as X sends it with `tweet.fields=created_at,lang,note_tweet`. */
export function xLine(id: number, text = `post ${id}`): string {
  const data = {
    created_at: `2024-05-01T12:00:${String(id % 60).padStart(2, '0')}.000Z`,
    edit_history_tweet_ids: [String(id)],
    id: String(id),
    lang: 'en',
    text,
  };
  return `${JSON.stringify({ data, matching_rules: [{ id: '1166895166390583299', tag: 'coffee' }] })}\r\n`;
}

/** A post as Jetstream sends it; `second` tells its time. */
export function jetstreamLine(second: number, text = `post ${second}`, record: object = {}): string {
  const time = Date.UTC(2024, 8, 9, 19, 46, second);
  return JSON.stringify({
    did: 'did:plc:eygmaihciaxprqvxpfvl6flk',
    time_us: time * 1000 + 102,
    kind: 'commit',
    commit: {
      rev: '3l3qo2vutsw2b',
      operation: 'create',
      collection: 'app.bsky.feed.post',
      rkey: `3l3qo2vuow${second}`,
      record: {
        $type: 'app.bsky.feed.post',
        createdAt: new Date(time - 500).toISOString(),
        langs: ['en'],
        text,
        ...record,
      },
      cid: 'bafyreidwaivazkwu67xztlmuobx35hs2lnfh3kolmgfmucldvhd3sgzcqi',
    },
  });
}

/** The first `count` items, then the stream is left. */
export async function first<Item>(items: AsyncIterable<Item>, count: number): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) if (found.push(item) >= count) break;
  return found;
}
