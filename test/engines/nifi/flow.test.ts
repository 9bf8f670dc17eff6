import assert from 'node:assert/strict';
import test from 'node:test';
import { nifiFlow, NifiFlowError, type NifiFlowOptions } from '../../../src/engines/index.ts';
import { bendsOf, pictureSizeOf, placesOf } from '../../../src/engines/nifi/layout.ts';

const files: NifiFlowOptions = {
  name: 'files',
  processors: {
    read: { type: 'GetFile', properties: { 'Input Directory': 'in' }, every: '500 ms' },
    keep: { type: 'PutFile', properties: { Directory: 'out' }, drops: ['success'] },
  },
  connections: [
    { from: 'read', to: 'keep', relationships: ['success'] },
    { from: 'keep', to: 'keep', relationships: ['failure'], mostFiles: 5 },
  ],
};

test('a flow that fits together is taken, and begins where nothing leads to', () => {
  assert.deepEqual(nifiFlow(files).sources, ['read']);
});

const faults: [what: string, change: Partial<NifiFlowOptions>, told: RegExp][] = [
  ['no name', { name: ' ' }, /has no name/],
  [
    'an end that is not there',
    { connections: [{ from: 'read', to: 'kept', relationships: ['success'] }] },
    /no processor "kept"/,
  ],
  [
    'a connection of nothing',
    { connections: [{ from: 'read', to: 'keep', relationships: [] }] },
    /no relationships/,
  ],
  [
    'what is dropped and connected',
    { connections: [{ from: 'keep', to: 'keep', relationships: ['success'] }] },
    /drops "success", which is connected/,
  ],
  [
    'a ring without a beginning',
    {
      connections: [
        { from: 'read', to: 'keep', relationships: ['success'] },
        { from: 'keep', to: 'read', relationships: ['failure'] },
      ],
    },
    /begins nowhere/,
  ],
  [
    'a type that is none',
    { processors: { read: { type: 'get file' } }, connections: [] },
    /no processor's name/,
  ],
  [
    'a time that is none',
    { processors: { read: { type: 'GetFile', every: '5' } }, connections: [] },
    /must read like 500 ms/,
  ],
];
for (const [what, change, told] of faults)
  test(`${what} is refused before NiFi is asked`, () => {
    const refused = { code: 'ST_ENGINES_NIFI_FLOW', message: told };
    assert.throws(() => nifiFlow({ ...files, ...change }), refused);
  });

test('unknown options, and a queue of no length, are refused', () => {
  const connection = { from: 'read', to: 'keep', relationships: ['success'] };
  assert.throws(() => nifiFlow({ ...files, nodes: [] } as NifiFlowOptions), { code: 'ST_OPTION_UNKNOWN' });
  assert.throws(() => nifiFlow({ ...files, connections: [{ ...connection, mostFiles: 0 }] }), {
    code: 'ST_OPTION_INVALID',
  });
});

test("on NiFi's page steps stand below what leads to them, and no queue of a step to itself lies on a step", () => {
  const types = {
    read: 'GetFile',
    route: 'RouteText',
    aside: 'PutFile',
    split: 'SplitText',
    send: 'InvokeHTTP',
  };
  const processors = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]));
  const ends = ['read route', 'route aside', 'route split', 'split send', 'send send'];
  const connections = ends.map((pair) => {
    const [from = '', to = ''] = pair.split(' ');
    return { from, to, relationships: ['success'] };
  });
  const flow = nifiFlow({ name: 'five', processors, connections });
  const places = placesOf(flow);
  assert.deepEqual(Object.fromEntries(places), {
    ...{ read: { x: 0, y: 0 }, route: { x: 0, y: 230 }, aside: { x: 0, y: 460 } },
    ...{ split: { x: 592, y: 460 }, send: { x: 592, y: 690 } },
  });
  assert.deepEqual(bendsOf(places.get('read'), 'read', 'route'), []);
  const [upper, lower] = bendsOf(places.get('send'), 'send', 'send');
  assert.deepEqual([upper?.y, lower?.y], [729, 779]);
  const [stepWidth, half] = [352, 112];
  assert.ok(upper!.x + half < 592 && upper!.x - half > stepWidth, 'between this step and one beside it');
  assert.deepEqual(pictureSizeOf(flow), { width: 1084, height: 1027 });

  const [alone] = placesOf(nifiFlow(files)).values();
  assert.ok(alone!.x >= 224, 'there is room on the left of a step that leads to itself');
});

test('what NiFi says with a full stop is told with one', () => {
  const { message } = new NifiFlowError({
    flow: 'x',
    issues: ['GetFiles is not known to this NiFi instance.', 'no. '],
  });
  assert.equal(message, 'The flow "x" is not right: GetFiles is not known to this NiFi instance; no.');
});
