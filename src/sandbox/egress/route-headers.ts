// Pure: which headers cross the gate on a route.
import { secretForms } from './secret-forms.ts';

/** Headers of one connection only (RFC 9110 §7.6.1), and what a client uses to speak to a proxy. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** Whatever carries a credential: an agent's own one must not reach the upstream. */
const credentials = new Set([
  'authorization',
  'api-key',
  'cookie',
  'dpop',
  'x-api-key',
  'x-auth-token',
  'x-goog-api-key',
]);
const forwarding = /^(?:x-forwarded-.*|forwarded|x-real-ip|via)$/;

/** Where requests go, and what is set on their way. */
export interface Injection {
  readonly upstream: string;
  readonly header: { readonly name: string; readonly value: string } | null;
  /** Signs a call: the value of its `DPoP` header. */
  readonly prove?: (method: string, path: string) => string;
  /** Further names, of headers and of query parameters, of which the client's own are dropped. */
  readonly strip?: readonly string[];
}

/** A raw path without these query parameters; the rest stays byte by byte. */
export function withoutQuery(path: string, names: readonly string[]): string {
  const at = path.indexOf('?');
  if (at < 0 || names.length === 0) return path;
  const dropped = new Set(names.map((name) => name.toLowerCase()));
  const kept = path
    .slice(at + 1)
    .split('&')
    .filter(
      (one) =>
        ![...new URLSearchParams(one).keys()].some((name) => dropped.has(name.toLowerCase())),
    );
  return kept.length === 0 ? path.slice(0, at) : `${path.slice(0, at)}?${kept.join('&')}`;
}

/** Raw header pairs (name, value, name, value …) to the pairs that go upstream. */
export function headersUpstream(
  raw: readonly string[],
  route: Injection,
  call: { readonly method: string; readonly path: string },
): readonly (readonly [string, string])[] {
  const named = connectionNamed(raw);
  const injected = route.header?.name.toLowerCase();
  const stripped = new Set((route.strip ?? []).map((name) => name.toLowerCase()));
  const kept = pairs(raw).filter(([name]) => {
    const lower = name.toLowerCase();
    return !(
      hopByHop.has(lower) ||
      credentials.has(lower) ||
      forwarding.test(lower) ||
      named.has(lower) ||
      stripped.has(lower) ||
      lower === injected ||
      lower === 'host' ||
      (lower === 'accept-encoding' && route.header !== null) ||
      lower === 'expect'
    );
  });
  const own: [string, string][] = [['host', new URL(route.upstream).host]];
  // Only where there is a credential to look for: an index of packages is ten times as long unpacked.
  if (route.header)
    own.push(['accept-encoding', 'identity'], [route.header.name, route.header.value]);
  if (route.prove) own.push(['dpop', route.prove(call.method, call.path)]);
  return [...kept, ...own];
}

/** Raw header pairs of the upstream's answer to the pairs that go to the sandbox. */
export function headersDownstream(
  raw: readonly string[],
  route: Injection,
): readonly (readonly [string, string])[] {
  const named = connectionNamed(raw);
  const secrets = route.header ? [route.header.value, ...secretForms(route.header.value)] : [];
  return pairs(raw).filter(([name, value]) => {
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || named.has(lower) || lower === 'set-cookie') return false;
    // An upstream that reflects what it was sent would hand the credential to the agent.
    return !secrets.some((one) => one !== '' && value.includes(one));
  });
}

function pairs(raw: readonly string[]): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    found.push([raw[index] ?? '', raw[index + 1] ?? '']);
  return found;
}

function connectionNamed(raw: readonly string[]): ReadonlySet<string> {
  const values = pairs(raw).filter(([name]) => name.toLowerCase() === 'connection');
  return new Set(
    values.flatMap(([, value]) => value.split(',').map((one) => one.trim().toLowerCase())),
  );
}
