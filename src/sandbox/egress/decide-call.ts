// Pure: what may leave the sandbox. Every text here is written by the agent.
import type { EgressHost, EgressPolicy, EgressRoute } from '#model/sandbox.ts';
import { parseHostName } from './host-name.ts';
import { fits, isAmbiguous } from './match-path.ts';

/** A decision with the rule it rests on and the sentence that helps. */
export type CallDecision<T> =
  | ({ readonly allowed: true; readonly rule: string } & T)
  | { readonly allowed: false; readonly rule: string; readonly hint: string };

/** The rule of hosts that come from the runner's own npm configuration. */
export const npmRule = 'policy:npm';

/** May a TLS tunnel to this host and port be made? The name is canonical when allowed. */
export function decideConnect(
  target: { readonly host: string; readonly port: number | null },
  policy: EgressPolicy,
): CallDecision<{ readonly host: string; readonly port: number; readonly listed: EgressHost }> {
  const parsed = parseHostName(target.host);
  if (parsed.kind === 'refused') return refuse(parsed.rule, hints[parsed.rule]);
  const listed =
    policy.hosts.find(({ host }) => host === parsed.name) ??
    (policy.observes && target.port !== null ? observe(parsed.name, target.port) : undefined);
  if (!listed) return refuse('host-not-listed', lineThatAllows(parsed.name));
  const ports = listed.ports ?? [443];
  const port = ports.find((one) => one === target.port);
  if (port === undefined)
    return refuse('connect-port', `${listed.host} is reached on port ${ports.join(', ')} only`);
  return { allowed: true, rule: listed.rule, host: listed.host, port, listed };
}

/** The rule of calls that pass because they are watched. */
export const observedRule = 'observed';

/** A host that no list names: read on the asked port, encoded slashes as far as a call may have them. */
function observe(host: string, port: number): EgressHost {
  const paths = ['/**', '/**%2f**', '/**%2f**%2f**'];
  return { host, rule: observedRule, ports: [port], rules: [{ ports: [port], paths }] };
}

/** Does the ClientHello name the host that the tunnel was opened for? */
export function decideHello(
  hello: { readonly serverName: string | null; readonly isEncrypted: boolean },
  host: string,
): CallDecision<object> {
  if (hello.isEncrypted) return refuse('sni-encrypted', hints['sni-encrypted']);
  if (hello.serverName === null) return refuse('sni-missing', hints['sni-missing']);
  const parsed = parseHostName(hello.serverName);
  if (parsed.kind === 'refused' || parsed.name !== host)
    return refuse('sni-mismatch', hints['sni-mismatch']);
  return { allowed: true, rule: 'sni' };
}

/** Is this a CONNECT to a route's virtual host, on its one port? */
export function isRouteTunnel(
  target: { readonly host: string; readonly port: number | null },
  policy: EgressPolicy,
): boolean {
  const parsed = parseHostName(target.host);
  return (
    target.port === 80 &&
    parsed.kind === 'name' &&
    policy.routes.some(({ host }) => host === parsed.name)
  );
}

/** A plain HTTP request as it came. */
export interface HttpAsked {
  readonly method: string;
  /** Host of the absolute form, or of the one `Host` header. */
  readonly host: string;
  readonly port: number | null;
  /** The raw path with its query, never decoded. */
  readonly path: string;
}

/** May a plain HTTP request pass? Only to a route: exact host, method and path. */
export function decideHttp(
  asked: HttpAsked,
  policy: EgressPolicy,
): CallDecision<{ readonly route: EgressRoute }> {
  const parsed = parseHostName(asked.host);
  if (parsed.kind === 'refused') return refuse(parsed.rule, hints[parsed.rule]);
  const route = policy.routes.find(({ host }) => host === parsed.name);
  if (!route) {
    const isListed = policy.observes || policy.hosts.some(({ host }) => host === parsed.name);
    return isListed
      ? refuse('plain-http', hints['plain-http'])
      : refuse('host-not-listed', lineThatAllows(parsed.name));
  }
  if (asked.port !== 80) return refuse('connect-port', `use http://${route.host} without a port`);
  if (!route.methods.includes(asked.method))
    return refuse('method', `${route.host} answers ${route.methods.join(', ')} only`);
  const [path = ''] = asked.path.split('?', 1);
  if (isAmbiguous(path) || !route.paths.some((one) => fits(one, path)))
    return refuse('path', `${route.host} answers ${route.paths.join(', ')} only`);
  return { allowed: true, rule: `route:${route.name}`, route };
}

/** The synthetic address index of a name that may be asked for, or null. */
export function findName(name: string, policy: EgressPolicy): number | null {
  const parsed = parseHostName(name);
  if (parsed.kind === 'refused') return null;
  const names = [...policy.hosts, ...policy.routes].map(({ host }) => host);
  const index = names.indexOf(parsed.name);
  if (index < 0 && policy.observes) return names.length;
  return index < 0 ? null : index;
}

const hints = {
  'ip-literal': 'use a host name that the policy lists: addresses are never allowed',
  'malformed-authority': 'use a plain host name: letters, digits, hyphens and dots',
  'sni-encrypted': 'turn encrypted client hello off: the gate must see the name',
  'sni-missing': 'send the server name (SNI) in the TLS handshake',
  'sni-mismatch': 'the TLS server name must be the host of the connection',
  'plain-http': 'use https: the policy’s hosts are reached by TLS only',
} as const;

function lineThatAllows(host: string): string {
  return `a maintainer can allow it with "- host: ${host}" under sandbox.egress in .github/sallyport.yml`;
}

function refuse(
  rule: string,
  hint: string,
): { readonly allowed: false; readonly rule: string; readonly hint: string } {
  return { allowed: false, rule, hint };
}
