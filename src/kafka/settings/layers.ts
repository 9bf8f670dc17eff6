/** Lays several groups of settings over each other, later ones on top. */

type Group = Readonly<Record<string, unknown>>;

/**
 * Merges two levels deep; `undefined` leaves what is below. A `true` over a group keeps the group's details, so
 * that `tls: true` and `STREAMTRAIN_TLS_CA` go together; `false` or any other value replaces it.
 */
export function layered(...layers: readonly object[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer) as [string, unknown][]) {
      if (value === undefined) continue;
      const below = merged[name];
      if (isGroup(below) && isGroup(value)) merged[name] = { ...below, ...withoutUndefined(value) };
      else if (!(isGroup(below) && value === true))
        merged[name] = isGroup(value) ? withoutUndefined(value) : value;
    }
  }
  return merged;
}

/** `['sasl', 'mechanism']` as `sasl.mechanism`. */
export function pathOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'options' : path.map(String).join('.');
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutUndefined(group: Group): Group {
  return Object.fromEntries(Object.entries(group).filter(([, value]) => value !== undefined));
}
