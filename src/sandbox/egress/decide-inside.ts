// Pure: which requests pass inside a connection that the gate reads. Every text is the agent's.
import type { EgressRule } from '#model/sandbox.ts';
import type { CallDecision } from './decide-call.ts';

/** One request as it came. */
export interface InsideAsked {
  readonly method: string;
  readonly port: number;
  /** The raw path with its query, never decoded. */
  readonly path: string;
}

/**
 * What two servers could read in two ways: dot segments, empty segments, encoded separators and dots,
 * path parameters, backslashes, anything that is no visible ASCII.
 */
const ambiguous = /\/\/|\/\.|%2e|%2f|%5c|%00|[\\;#]|[^!-~]/i;

/** May this request pass, and with which credential? The first rule that fits decides. */
export function decideInside(
  asked: InsideAsked,
  listed: { readonly host: string; readonly rule: string; readonly rules: readonly EgressRule[] },
): CallDecision<{ readonly inject: EgressRule['inject'] }> {
  const [path = '', ...query] = asked.path.split('?');
  if (!path.startsWith('/') || ambiguous.test(path))
    return refuse('path-form', 'send a plain path: no dots, empty parts or encoded separators');
  if (writesToGit(path, query.join('?')))
    return refuse('git-write', 'git is read-only here: the change leaves by the workspace alone');
  const onPath = listed.rules.filter(
    ({ ports, paths }) =>
      (ports ?? [443]).includes(asked.port) && (!paths || paths.some((one) => fits(one, path))),
  );
  if (onPath.length === 0)
    return refuse('path', `${listed.host} answers ${all(listed.rules, 'paths')} only`);
  const rule = onPath.find(({ methods }) => !methods || methods.includes(asked.method));
  if (!rule) return refuse('method', `${listed.host} answers ${all(onPath, 'methods')} there only`);
  const { inject } = rule;
  if (inject && inject.value === null)
    return refuse('credential-missing', `${inject.fromEnv} is not set for this job`);
  return { allowed: true, rule: listed.rule, inject };
}

/** Pushing over HTTP is one service with two requests (git: http-protocol). */
function writesToGit(path: string, query: string): boolean {
  const service = new URLSearchParams(query).getAll('service');
  return /\/git-receive-pack$/i.test(path) || service.some((one) => /receive-pack/i.test(one));
}

/** `*` is anything within one segment, `**` anything; the rest is compared byte by byte. */
export function fits(pattern: string, path: string): boolean {
  const source = pattern.replace(/\*\*|\*|[^*]+/g, (part) => {
    if (part === '**') return '.*';
    return part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`).test(path);
}

function all(rules: readonly EgressRule[], key: 'paths' | 'methods'): string {
  return [...new Set(rules.flatMap((rule) => rule[key] ?? []))].join(', ');
}

function refuse(rule: string, hint: string) {
  return { allowed: false, rule, hint } as const;
}
