// Pure: from the calls of a log to the smallest list that lets them pass, each entry with its reason.
import { type BundleName, bundleNames, egressBundles } from '#model/egress-bundle.ts';
import type { EgressCall } from '#model/egress-call.ts';
import {
  type Egress,
  type EgressEntry,
  type EgressPhase,
  type EgressProposal,
  egressMethods,
  egressOf,
  isPolicyHost,
  type ReasonedEntry,
} from '#model/egress-entry.ts';
import { observedRule } from '../egress/decide-call.ts';
import { fits } from '../egress/match-path.ts';
import { isPlainPath, narrowPaths } from './narrow-paths.ts';

/** Refusals that an entry would have prevented. */
const missing = new Set(['host-not-listed', 'method', 'path', 'connect-port']);
/** Refusals that no entry prevents, and what to say of them. */
const hopeless: Readonly<Record<string, string>> = {
  'git-write': 'it was pushed to with git, which never passes',
  upgrade: 'an upgrade (WebSockets) was asked for, which is not read',
  http2: 'HTTP/2 was spoken unasked, which is not read',
  'plain-http': 'it was asked for by plain HTTP; only https passes',
  'path-form': 'a path was asked for that two servers could read in two ways',
  'private-address': 'its address is not a public one',
  certificate: 'its certificate is not believed',
  unresolvable: 'it has no address',
};

/** What these calls ask for beyond the current list, and what of the list they did not use. */
export function proposeEgress(calls: readonly EgressCall[], current: Egress): EgressProposal {
  const asked = calls.filter(({ kind, host }) => kind !== 'dns' && isPolicyHost(host));
  const of = (phase: EgressPhase) =>
    asked.filter((call) => (call.phase === 'setup' ? 'setup' : 'work') === phase);
  return {
    setup: proposeFor(of('setup')),
    work: proposeFor(of('work')),
    unused: listUnused(current, of),
    skipped: listSkipped(asked),
  };
}

function isWanted({ rule, decision }: EgressCall): boolean {
  return decision === 'allowed' ? rule === observedRule : missing.has(rule) || rule === 'handshake';
}

function proposeFor(calls: readonly EgressCall[]): readonly ReasonedEntry[] {
  const byHost = Map.groupBy(calls.filter(isWanted), ({ host }) => host);
  const bundles = new Map<BundleName, EgressCall[]>();
  const own: ReasonedEntry[] = [];
  for (const [host, all] of [...byHost].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bundle = bundleNames.find((name) => all.every((call) => isIn(name, call)));
    if (bundle) bundles.set(bundle, [...(bundles.get(bundle) ?? []), ...all]);
    else own.push(...entriesFor(host, all));
  }
  const named = [...bundles].map(([entry, all]) => ({ entry, reason: reasonOf(all) }));
  return [...named, ...own];
}

function isIn(bundle: BundleName, { host, port, method, path }: EgressCall): boolean {
  return egressBundles[bundle].some(
    (entry) =>
      entry.host === host &&
      port === 443 &&
      entry.methods.some((one) => one === method) &&
      entry.paths.some((pattern) => path !== null && fits(pattern, path)),
  );
}

/** One entry for each set of methods would say more than was asked; each method has its own paths. */
function entriesFor(host: string, calls: readonly EgressCall[]): readonly ReasonedEntry[] {
  const ports = [...new Set(calls.map(({ port }) => port ?? 443))].sort((a, b) => a - b);
  const withPorts = ports.some((port) => port !== 443) ? { ports } : {};
  const known = calls.filter(({ path, rule }) => path !== null && rule !== 'handshake');
  if (known.length === 0) {
    const why = calls.some(({ rule }) => rule === 'handshake')
      ? 'the program does not believe the gate’s certificate, so this is a tunnel: nothing in it is read'
      : 'what was asked there is not known, so this is a tunnel: observe it to say less';
    return [{ entry: { host, ...withPorts }, reason: `${count(calls)}; ${why}` }];
  }
  const byMethod = Map.groupBy(known, ({ method }) => method);
  const reading = [...(byMethod.get('GET') ?? []), ...(byMethod.get('HEAD') ?? [])];
  const groups = [
    reading,
    ...[...byMethod].flatMap(([name, all]) => (name === 'GET' || name === 'HEAD' ? [] : [all])),
  ];
  return groups.flatMap((all) => {
    const methods = egressMethods.filter((one) => all.some(({ method }) => method === one));
    if (methods.length === 0) return [];
    const paths = [...narrowPaths(all.map(({ path }) => path ?? ''))];
    return [{ entry: { host, ...withPorts, methods, paths }, reason: reasonOf(all) }];
  });
}

function count(calls: readonly EgressCall[]): string {
  return calls.length === 1 ? 'asked for once' : `asked for ${calls.length} times`;
}

/** Two examples are enough to recognize what did it. */
function reasonOf(calls: readonly EgressCall[]): string {
  const shown = calls.flatMap(({ method, path }) =>
    path !== null && isPlainPath(path) && path.length <= 100 ? [`${method} ${path}`] : [],
  );
  const examples = [...new Set(shown)].slice(0, 2).join(', ');
  return examples === '' ? count(calls) : `${count(calls)}: ${examples}`;
}

function listUnused(
  current: Egress,
  of: (phase: EgressPhase) => readonly EgressCall[],
): EgressProposal['unused'] {
  // One list stands for both phases, and is said once.
  if (Array.isArray(current)) {
    const all = [...of('setup'), ...of('work')];
    return unusedOf(current, all).map((entry) => ({ phase: 'work', entry }));
  }
  return (['setup', 'work'] as const).flatMap((phase) =>
    unusedOf(egressOf(current, phase), of(phase)).map((entry) => ({ phase, entry })),
  );
}

function unusedOf(entries: readonly EgressEntry[], calls: readonly EgressCall[]) {
  const allowed = calls.filter(({ decision }) => decision === 'allowed');
  return entries.filter((entry) => !allowed.some((call) => uses(call, entry)));
}

function uses({ host, rule, port, method, path }: EgressCall, entry: EgressEntry): boolean {
  if (typeof entry === 'string')
    return rule === `policy:${entry}` || egressBundles[entry].some((one) => one.host === host);
  const { methods, paths, ports } = entry;
  return (
    entry.host === host &&
    (ports ?? [443]).some((one) => one === port) &&
    (path === null ||
      ((methods?.some((one) => one === method) ?? true) &&
        (paths?.some((pattern) => fits(pattern, path)) ?? true)))
  );
}

function listSkipped(calls: readonly EgressCall[]): EgressProposal['skipped'] {
  const said = calls
    .filter(({ decision }) => decision === 'refused')
    .flatMap(({ host, rule }) => {
      const because = hopeless[rule];
      return because === undefined ? [] : [{ host, because }];
    });
  return [...new Map(said.map((one) => [`${one.host} ${one.because}`, one])).values()];
}
