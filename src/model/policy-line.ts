// Pure: the line of policy that would let a refused call pass. What was asked is the agent's words.
import type { EgressCall } from './egress-call.ts';
import { egressMethods, isPolicyHost } from './egress-entry.ts';

/** Nothing in it means more than itself, neither in YAML nor as a pattern of paths. */
const plainPath = /^(?!.*(?:\/\/|\/\.))\/[A-Za-z0-9/_.~@+-]{0,200}$/;

/**
 * The exact entry under `sandbox.egress` that would allow this call; null where no entry would (an
 * address, an upgrade, a push) or where what was asked cannot be said plainly.
 */
export function policyLineFor({ host, port, method, path, rule }: EgressCall): string | null {
  if (!isPolicyHost(host)) return null;
  if (rule === 'host-not-listed' || rule === 'name-not-listed') return `- host: ${host}`;
  if (rule === 'connect-port' && port !== null) return `- { host: ${host}, ports: [${port}] }`;
  if (rule !== 'method' && rule !== 'path') return null;
  const isPlain = path !== null && plainPath.test(path);
  if (!isPlain || !egressMethods.some((one) => one === method)) return null;
  return `- { host: ${host}, methods: [${method}], paths: [${path}] }`;
}

/** A host that was refused, and what would allow it. */
export interface RefusedHost {
  readonly host: string;
  readonly calls: number;
  /** The rules that refused it, each once. */
  readonly rules: readonly string[];
  /** Lines of policy, each once; empty where none would help. */
  readonly lines: readonly string[];
  /** Programs that asked, each once, as far as they are known. */
  readonly by: readonly string[];
}

const programsMax = 3;
/** Enough to see what is wanted; a scan of paths would fill a page. */
const linesMax = 5;

const saidMax = 3;

/**
 * One sentence about refused hosts that a policy could allow, for a work that came to nothing; empty
 * when there are none. Only names that are hosts are in it.
 */
export function sayRefused(calls: readonly EgressCall[]): string {
  const said = groupRefused(calls)
    .flatMap(({ host, lines: [line] }) =>
      line === undefined ? [] : [`${host} ("${line}" under sandbox.egress would allow it)`],
    )
    .slice(0, saidMax);
  return said.length === 0 ? '' : `Refused on the way out: ${said.join(', ')}.`;
}

/** Refused calls by host, most asked first. */
export function groupRefused(calls: readonly EgressCall[]): readonly RefusedHost[] {
  const byHost = Map.groupBy(
    calls.filter(({ decision }) => decision === 'refused'),
    ({ host }) => host,
  );
  return [...byHost]
    .map(([host, all]) => ({
      host,
      calls: all.length,
      rules: [...new Set(all.map(({ rule }) => rule))],
      lines: [...new Set(all.map(policyLineFor))].filter((one) => one !== null).slice(0, linesMax),
      by: [...new Set(all.map((call) => call.process))]
        .filter((one) => one !== null)
        .slice(0, programsMax),
    }))
    .sort((a, b) => b.calls - a.calls || (a.host < b.host ? -1 : 1));
}
