// Pure: which requests pass inside a connection that the gate reads. Every text is the agent's.
import type { EgressRule } from '#model/sandbox.ts';
import type { CallDecision } from './decide-call.ts';
import { encodedSlash, fits, isAmbiguous } from './match-path.ts';

/** One request as it came. */
export interface InsideAsked {
  readonly method: string;
  readonly port: number;
  /** The raw path with its query, never decoded. */
  readonly path: string;
}

/** May this request pass, and with which credential? Of the rules that fit, one with a credential decides. */
export function decideInside(
  asked: InsideAsked,
  listed: { readonly host: string; readonly rule: string; readonly rules: readonly EgressRule[] },
): CallDecision<{ readonly inject: EgressRule['inject'] }> {
  const [path = '', ...query] = asked.path.split('?');
  if (!path.startsWith('/') || isAmbiguous(path))
    return refuse('path-form', 'send a plain path: no dots, empty parts or encoded separators');
  if (writesToGit(path, query.join('?')))
    return refuse('git-write', 'git is read-only here: the change leaves by the workspace alone');
  const onPath = listed.rules.filter(
    ({ ports, paths }) =>
      (ports ?? [443]).includes(asked.port) &&
      (paths ? paths.some((one) => fits(one, path)) : !encodedSlash.test(path)),
  );
  if (onPath.length === 0 && encodedSlash.test(path))
    return refuse(
      'path-form',
      'an encoded slash passes only where an entry’s path says %2f itself',
    );
  if (onPath.length === 0)
    return refuse('path', `${listed.host} answers ${all(listed.rules, 'paths')} only`);
  const fitting = onPath.filter(({ methods }) => !methods || methods.includes(asked.method));
  // A credential that is there is why its entry is; one that is missing does not close other entries.
  const rule =
    fitting.find(({ inject }) => typeof inject?.value === 'string') ??
    fitting.find(({ inject }) => !inject) ??
    fitting[0];
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

function all(rules: readonly EgressRule[], key: 'paths' | 'methods'): string {
  return [...new Set(rules.flatMap((rule) => rule[key] ?? []))].join(', ');
}

function refuse(rule: string, hint: string) {
  return { allowed: false, rule, hint } as const;
}
