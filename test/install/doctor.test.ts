import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ToolMissingError } from '../../src/install/errors.ts';
import { examine, healthLine, isHealthy } from '../../src/install/doctor.ts';
import type { HealthCheck } from '../../src/install/doctor.ts';

const checks: HealthCheck[] = [
  { name: 'Node', examine: async () => ({ status: 'ok', detail: 'v22.0.0' }) },
  {
    name: 'Java',
    examine: async () => {
      throw new ToolMissingError({
        what: 'find Java',
        tried: ['java'],
        answered: 'no such program',
        toDo: 'Install it.',
      });
    },
  },
  { name: 'Disk', examine: async () => ({ status: 'warning', detail: '1 GB free', toDo: 'Free some.' }) },
];

test('one broken part does not hide the others, and brings its advice along', async () => {
  const seen: string[] = [];
  const reports = await examine(checks, (report) => seen.push(healthLine(report)));
  assert.deepEqual(
    reports.map(({ status }) => status),
    ['ok', 'broken', 'warning'],
  );
  assert.match(seen[0] ?? '', /^✓ Node +v22\.0\.0$/);
  assert.match(seen[1] ?? '', /^✗ Java +no such program\n +-> Install it\.$/);
  assert.match(seen[2] ?? '', /^! Disk/);
});

test('a warning is healthy, a broken part is not', async () => {
  assert.equal(isHealthy(await examine([...checks.slice(0, 1), ...checks.slice(2)])), true);
  assert.equal(isHealthy(await examine(checks)), false);
});
