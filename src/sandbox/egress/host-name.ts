// Pure: host names as the gate compares them. The text is written by the agent.

/** What a text that should name a host turned out to be. */
export type HostName =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'refused'; readonly rule: 'ip-literal' | 'malformed-authority' };

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** A last label that resolvers read as a number makes the whole an address (WHATWG URL §3.5). */
const numeric = /^(?:[0-9]+|0x[0-9a-f]*)$/;

/**
 * The canonical form of a host name: lower case, LDH labels, no trailing dot, no address in any
 * notation (dotted, short, decimal, hex, octal, bracketed).
 */
export function parseHostName(text: string): HostName {
  const name = text.toLowerCase();
  if (name.startsWith('[') || name.includes(':')) return { kind: 'refused', rule: 'ip-literal' };
  const labels = name.split('.');
  if (numeric.test(labels.at(-1) ?? '')) return { kind: 'refused', rule: 'ip-literal' };
  if (name.length > 253 || !labels.every((one) => label.test(one)))
    return { kind: 'refused', rule: 'malformed-authority' };
  return { kind: 'name', name };
}

/** Host and port of `host:port` (RFC 9112 §3.2.3); a port that is no number of 1-65535 is null. */
export function splitAuthority(
  text: string,
  defaultPort: number | null,
): { readonly host: string; readonly port: number | null } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/.exec(text);
  if (!match) return { host: text, port: null };
  const port = match[2] === undefined ? defaultPort : Number(match[2]);
  return {
    host: match[1] ?? '',
    port: port !== null && port >= 1 && port <= 65_535 ? port : null,
  };
}
