/** Where the steps of a flow stand on NiFi's page, so that neither a step nor a queue covers another one. */
import type { NifiFlow } from './flow.ts';

/** A place on the page, in NiFi's own units. */
export interface NifiPlace {
  readonly x: number;
  readonly y: number;
}

/** How large NiFi 1.18 draws a step and the label of a queue. */
const STEP = { width: 352, height: 128 };
const LABEL_WIDTH = 224;
/** What is left free beside and below things. */
const MARGIN = 8;
/** How far apart steps stand: a label fits between two of a row. */
const APART = { x: STEP.width + LABEL_WIDTH + 2 * MARGIN, y: 230 };
/** Where the place 0, 0 is when its page is opened, and how high the bar at its foot is. */
const ORIGIN = { x: 100, y: 137 };
const FOOT = 32;

/**
 * Where each step stands, its upper left corner: in the row of how many steps lead to it, below the first of those that lead
 * to it, where nothing stands there.
 */
export function placesOf(flow: NifiFlow): Map<string, NifiPlace> {
  const cells = cellsOf(flow);
  const isLoop = (name: string) => flow.connections.some(({ from, to }) => from === name && to === name);
  const needsRoom = [...cells].some(([name, { x }]) => x === 0 && isLoop(name));
  const left = needsRoom ? APART.x - STEP.width : 0;
  return new Map(
    [...cells].map(([name, { x, y }]) => [name, { x: left + x * APART.x, y: y * APART.y }] as const),
  );
}

/** The corners of a queue: none where it leads to another step; a step's queue to itself goes around on its left. */
export function bendsOf(place: NifiPlace | undefined, from: string, to: string): NifiPlace[] {
  if (from !== to || place === undefined) return [];
  const x = place.x - LABEL_WIDTH / 2 - MARGIN;
  const middle = place.y + STEP.height / 2;
  return [middle - 25, middle + 25].map((y) => ({ x, y }));
}

/** How large a picture of the page shows the whole flow, in pixels. */
export function pictureSizeOf(flow: NifiFlow): { width: number; height: number } {
  const places = [...placesOf(flow).values()];
  const most = (one: 'x' | 'y') => Math.max(...places.map((place) => place[one]));
  return {
    width: Math.max(1000, ORIGIN.x + most('x') + STEP.width + 5 * MARGIN),
    height: ORIGIN.y + most('y') + STEP.height + 5 * MARGIN + FOOT,
  };
}

function cellsOf({ processors, connections, sources }: NifiFlow): Map<string, NifiPlace> {
  const row = new Map(sources.map((name) => [name, 0]));
  const before = new Map<string, string>();
  for (const _ of Object.keys(processors))
    for (const { from, to } of connections) {
      const above = row.get(from);
      if (above === undefined || from === to || row.has(to)) continue;
      row.set(to, above + 1);
      before.set(to, from);
    }
  const cells = new Map<string, NifiPlace>();
  const taken = new Set<string>();
  const byRow = Object.keys(processors).toSorted((one, other) => (row.get(one) ?? 0) - (row.get(other) ?? 0));
  for (const name of byRow) {
    const y = row.get(name) ?? 0;
    let x = cells.get(before.get(name) ?? '')?.x ?? 0;
    while (taken.has(`${x} ${y}`)) x++;
    taken.add(`${x} ${y}`);
    cells.set(name, { x, y });
  }
  return cells;
}
