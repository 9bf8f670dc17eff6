import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decode, encode, messageLimits, Signer } from '../../../src/kernel/wire/codec.ts';

const content = { code: 'const π = "😀";', silent: false };
const frames = () => encode({ type: 'execute_request', content }, 'session', new Signer('key'));

function problem(parts: readonly Uint8Array[], signer = new Signer('key')): string {
  const decoded = decode(parts, signer);
  return 'problem' in decoded ? decoded.problem : '';
}

/** The frames with one of them replaced. */
function changed(index: number, frame: Uint8Array): Uint8Array[] {
  return frames().map((part, at) => (at === index ? frame : part));
}

test('a message comes out as it went in, with identities and buffers', () => {
  const [identity, buffer] = [Buffer.from([0, 1]), Buffer.from([255])];
  const outgoing = {
    type: 'comm_msg',
    content,
    identities: [identity],
    buffers: [buffer],
    metadata: { a: 1 },
  };
  const decoded = decode(encode(outgoing, 'session', new Signer('key')), new Signer('key'));
  assert('message' in decoded);
  const { message } = decoded;
  assert.equal(message.header.msg_type, 'comm_msg');
  assert.equal(message.header.session, 'session');
  assert.deepEqual(message.content, content);
  assert.deepEqual(message.metadata, { a: 1 });
  assert.deepEqual([message.identities, message.buffers], [[identity], [buffer]]);
});

test('the signature is the one other clients compute', () => {
  // python: hmac.new(b'key', b'{}{}{}{}', 'sha256').hexdigest()
  const parts = ['{}', '{}', '{}', '{}'].map((part) => Buffer.from(part));
  const expected = 'ca767b02c5bc061ed184a9a029e7f93a7f2f7ed4e8fe74120fc1212f0b008fa3';
  assert.equal(new Signer('key').sign(parts), expected);
});

test('unsigned, wrongly signed and repeated messages are refused', () => {
  assert.equal(problem(changed(1, Buffer.from(''))), 'unsigned');
  assert.equal(problem(changed(1, Buffer.from('0'.repeat(64)))), 'wrong signature');
  assert.equal(problem(changed(1, Buffer.from('short'))), 'wrong signature');
  assert.equal(problem(frames(), new Signer('other key')), 'wrong signature');
  assert.equal(problem(changed(5, Buffer.from('{"code":"evil()"}'))), 'wrong signature');
  const signer = new Signer('key');
  const once = frames();
  assert.equal(problem(once, signer), '');
  assert.equal(problem(once, signer), 'replayed');
});

test('truncated, oversized and malformed messages are refused', () => {
  for (let length = 0; length < 6; length += 1) assert.notEqual(problem(frames().slice(0, length)), '');
  assert.equal(problem(frames().slice(1)), 'no delimiter');
  const unsigned = new Signer('');
  const large = Buffer.alloc(messageLimits.header + 1, ' ');
  assert.equal(problem(changed(2, large), unsigned), 'oversized header');
  const many = Array.from({ length: messageLimits.identities + 1 }, () => Buffer.from('id'));
  assert.match(problem([...many, ...frames()], unsigned), /17 routing frames/);
  for (const bad of ['', '{', 'null', '[]', '"text"', '{"msg_type":"x"}', '{"msg_id":1,"msg_type":"x"}'])
    assert.match(problem(changed(2, Buffer.from(bad)), unsigned), /^malformed/, bad);
});

test('whatever the frames hold, reading them ends in a message or a reason', () => {
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .constantFrom('<IDS|MSG>', '{}', '{"msg_id":"1","msg_type":"execute_request"}', '', '[[[')
      .map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text)),
  );
  const key = fc.constantFrom('', 'key');
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 9 }), key, (parts, secret) => {
      const decoded = decode(parts, new Signer(secret));
      if ('message' in decoded) assert.equal(secret, '', 'nothing random is validly signed');
      else assert.notEqual(decoded.problem, '');
    }),
    { numRuns: 2000 },
  );
});

test('any change of a signed message is noticed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (index, at, flip) => {
        const parts = frames().map((part) => Buffer.from(part));
        const frame = parts[index]!;
        frame[at % frame.length]! ^= flip;
        assert.equal(problem(parts), 'wrong signature');
      },
    ),
    { numRuns: 300 },
  );
});
