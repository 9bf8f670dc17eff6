import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Dealer } from 'zeromq';
import { decode, encode, Signer } from '../../../src/kernel/wire/codec.ts';
import { Wire } from '../../../src/kernel/wire/sockets.ts';

test('a second client of the same session is answered, also while the first one is connected', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'wire-'));
  const place = (channel: string): string => `ipc://${folder}/${channel}`;
  const addresses = {
    ...{ shell: place('shell'), control: place('control'), stdin: place('stdin') },
    ...{ iopub: place('iopub'), hb: place('hb') },
  };
  const log: string[] = [];
  const wire = new Wire(
    { addresses, key: '', hash: 'sha256' },
    {
      received: (channel, message) => void wire.reply(channel, message, 'kernel_info_reply', {}),
      log: (line) => log.push(line),
    },
  );
  await wire.bind({ addresses, key: '', hash: 'sha256' });
  const signer = new Signer('', 'sha256');
  const clients: Dealer[] = [];
  const ask = async (): Promise<string> => {
    const client = new Dealer({ routingId: 'session-1', receiveTimeout: 5_000, linger: 0 });
    clients.push(client);
    client.connect(addresses.shell);
    await client.send(encode({ type: 'kernel_info_request', content: {} }, 'session-1', signer));
    const decoded = decode(await client.receive(), signer);
    return 'message' in decoded ? decoded.message.header.msg_type : decoded.problem;
  };
  try {
    assert.equal(await ask(), 'kernel_info_reply');
    assert.equal(await ask(), 'kernel_info_reply');
    assert.deepEqual(log, []);
  } finally {
    for (const client of clients) client.close();
    wire.close();
    await rm(folder, { recursive: true, force: true });
  }
});
