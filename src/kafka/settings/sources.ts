/** Where settings come from beside options: STREAMTRAIN_... variables, and groups of settings laid over each other. */

/** Variable -> dotted option it stands for. */
const VARIABLES: Readonly<Record<string, string>> = {
  STREAMTRAIN_BROKERS: 'brokers',
  STREAMTRAIN_CLIENT_ID: 'clientId',
  STREAMTRAIN_PREFIX: 'prefix',
  STREAMTRAIN_TLS: 'tls',
  STREAMTRAIN_TLS_CA: 'tls.ca',
  STREAMTRAIN_TLS_CERT: 'tls.cert',
  STREAMTRAIN_TLS_KEY: 'tls.key',
  STREAMTRAIN_TLS_PASSPHRASE: 'tls.passphrase',
  STREAMTRAIN_TLS_SERVERNAME: 'tls.servername',
  STREAMTRAIN_SASL_MECHANISM: 'sasl.mechanism',
  STREAMTRAIN_SASL_USERNAME: 'sasl.username',
  STREAMTRAIN_SASL_PASSWORD: 'sasl.password',
  STREAMTRAIN_SASL_ALLOW_CLEARTEXT: 'sasl.allowCleartext',
};

/** Those that are true or false. */
const TRUTHS: ReadonlySet<string> = new Set(['tls', 'sasl.allowCleartext']);

/** Options found in the environment, and for each dotted option the variable it came from. */
interface EnvironmentSettings {
  readonly values: Readonly<Record<string, unknown>>;
  readonly sources: ReadonlyMap<string, string>;
}

/** Reads the variables; an empty one counts as not set. `STREAMTRAIN_TLS=false` turns the other TLS ones off. */
export function fromEnvironment(environment: NodeJS.ProcessEnv): EnvironmentSettings {
  const values: Record<string, unknown> = {};
  const sources = new Map<string, string>();
  for (const [variable, path] of Object.entries(VARIABLES)) {
    const text = environment[variable];
    if (text === undefined || text === '') continue;
    sources.set(path, variable);
    const [group = path, name] = path.split('.');
    const value = TRUTHS.has(path) ? truth(text) : text;
    if (name === undefined) values[group] = value;
    else if (values[group] !== false)
      values[group] = { ...(values[group] as object | undefined), [name]: value };
  }
  return { values, sources };
}

function truth(text: string): boolean | string {
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  return text;
}

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
