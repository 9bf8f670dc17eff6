/** Reads the STREAMTRAIN_... variables that say where Kafka is. */

/** Variable -> dotted option it stands for. */
const VARIABLES: Readonly<Record<string, string>> = {
  STREAMTRAIN_BROKERS: 'brokers',
  STREAMTRAIN_CLIENT_ID: 'clientId',
  STREAMTRAIN_TLS: 'tls',
  STREAMTRAIN_TLS_CA: 'tls.ca',
  STREAMTRAIN_TLS_CERT: 'tls.cert',
  STREAMTRAIN_TLS_KEY: 'tls.key',
  STREAMTRAIN_TLS_PASSPHRASE: 'tls.passphrase',
  STREAMTRAIN_TLS_SERVERNAME: 'tls.servername',
  STREAMTRAIN_SASL_MECHANISM: 'sasl.mechanism',
  STREAMTRAIN_SASL_USERNAME: 'sasl.username',
  STREAMTRAIN_SASL_PASSWORD: 'sasl.password',
};

/** Options found in the environment, and for each dotted option the variable it came from. */
export interface EnvironmentSettings {
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
    if (name === undefined) values[group] = group === 'tls' ? truth(text) : text;
    else if (values[group] !== false)
      values[group] = { ...(values[group] as object | undefined), [name]: text };
  }
  return { values, sources };
}

function truth(text: string): boolean | string {
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  return text;
}
