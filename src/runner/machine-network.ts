import { homedir } from 'node:os';
import { join } from 'node:path';

/** How a program reaches the network, and npm its registry. */
const named = /^(?:https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|npm_config_(?:registry|cafile))$/i;

/** The variables by which this machine's owner reaches the network; npm's own settings with them. */
export function machineNetwork(): Readonly<Record<string, string>> {
  const kept = Object.entries(process.env).filter(([name]) => named.test(name));
  const userconfig = process.env.npm_config_userconfig ?? join(homedir(), '.npmrc');
  return {
    ...Object.fromEntries(kept.map(([name, value]) => [name, value ?? ''])),
    npm_config_userconfig: userconfig,
  };
}
