// Pure: from the policy's words to what the gate allows.
import { egressBundles } from '#model/egress-bundle.ts';
import { type EgressEntry, type EgressPhase, egressOf } from '#model/egress-entry.ts';
import type { Policy } from '#model/policy.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import type { EgressHost, EgressPolicy, EgressRule } from '#model/sandbox.ts';
import { npmRule } from './egress/decide-call.ts';
import { parseHostName } from './egress/host-name.ts';

/** The ways out of both phases; see `egressPolicyOf`. */
export function egressPhasesOf(
  { sandbox }: Policy,
  npmRegistry: string | null,
  variable?: (name: string) => string | null,
): Result<Readonly<Record<EgressPhase, EgressPolicy>>, string> {
  const setup = egressPolicyOf(egressOf(sandbox.egress, 'setup'), npmRegistry, variable);
  if (!setup.ok) return setup;
  const work = egressPolicyOf(egressOf(sandbox.egress, 'work'), npmRegistry, variable);
  return work.ok ? ok({ setup: setup.value, work: work.value }) : work;
}

/**
 * The hosts of one list of a policy, bundles resolved. `npmRegistry` is the URL of the runner's own npm
 * configuration, never of the repository; null when the runner has no npm. `variable` reads what is
 * injected; a job that holds no credential has none, and what needs one does not pass there.
 */
export function egressPolicyOf(
  egress: readonly EgressEntry[],
  npmRegistry: string | null,
  variable: (name: string) => string | null = () => null,
): Result<EgressPolicy, string> {
  const registry = egress.includes('npm') ? readRegistry(npmRegistry) : null;
  if (registry && !registry.ok) return registry;
  const entries = egress.flatMap((one) => entriesOf(one, registry?.value ?? ''));
  const names = [...new Set(entries.map(({ host }) => host))];
  return ok({ hosts: names.map((host) => hostOf(host, { entries, variable })), routes: [] });
}

/** An entry of the policy, with the rule that the log names it by. */
type Entry = Omit<Exclude<EgressEntry, string>, 'methods' | 'paths'> & {
  readonly methods?: readonly string[] | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly rule: string;
};

function entriesOf(one: EgressEntry, registry: string): readonly Entry[] {
  if (typeof one !== 'string') return [{ ...one, rule: `policy:${one.host}` }];
  const rule = one === 'npm' ? npmRule : `policy:${one}`;
  return egressBundles[one].flatMap(({ host, methods, paths }) => {
    if (one !== 'npm' || host === registry) return [{ host, methods, paths, rule }];
    // A registry of the runner's own has paths of its own; what is read there stays reading.
    return [{ host: registry, methods, paths: ['/**', '/@*%2f*', '/**/@*%2f*'], rule }];
  });
}

/** All entries of one host. When one of them is to be read, every connection to the host is. */
function hostOf(
  host: string,
  { entries, variable }: { entries: readonly Entry[]; variable: (name: string) => string | null },
): EgressHost {
  const own = entries.filter((one) => one.host === host);
  const ports = [...new Set(own.flatMap((one) => one.ports ?? [443]))];
  const isRead = own.some(
    ({ mode, methods, paths, inject }) => mode === 'intercept' || methods || paths || inject,
  );
  return {
    host,
    rule: own.find(({ rule }) => rule === npmRule)?.rule ?? own[0]?.rule ?? `policy:${host}`,
    ...(own.some((one) => one.ports) ? { ports } : {}),
    ...(isRead ? { rules: own.map((one) => ruleOf(one, variable)) } : {}),
  };
}

function ruleOf(
  { ports, methods, paths, inject }: Entry,
  variable: (name: string) => string | null,
): EgressRule {
  return {
    ...(ports ? { ports } : {}),
    ...(methods ? { methods } : {}),
    ...(paths ? { paths } : {}),
    ...(inject
      ? {
          inject: {
            header: inject.header,
            fromEnv: inject.from_env,
            value: variable(inject.from_env),
            strip: inject.strip ?? [],
          },
        }
      : {}),
  };
}

function readRegistry(text: string | null): Result<string, string> {
  const say = (seen: string) =>
    refuse(
      `sandbox.egress lists "npm", so the runner's npm must have a registry at https on port 443: ${seen}.`,
    );
  if (text === null) return say('npm has none');
  if (!URL.canParse(text)) return say('its setting is no URL');
  const url = new URL(text);
  const host = parseHostName(url.hostname);
  if (url.protocol !== 'https:' || (url.port !== '' && url.port !== '443'))
    return say('its setting is another scheme or port');
  if (host.kind !== 'name') return say('its setting is an address');
  return ok(host.name);
}

const roots = '/etc/ssl/certs/ca-certificates.crt';
const rootVariables = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'PIP_CERT',
  'CARGO_HTTP_CAINFO',
  'AWS_CA_BUNDLE',
  'DENO_CERT',
] as const;

/** The environment that leads programs inside to the gate; the same for agents and verification. */
export function egressEnvironment(npmRegistry: string | null): Readonly<Record<string, string>> {
  const proxy = 'http://127.0.0.1:3128';
  const local = 'localhost,127.0.0.1,::1';
  return {
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY: local,
    no_proxy: local,
    NODE_USE_ENV_PROXY: '1',
    // Node has roots of its own; the machine's are what its owner trusts, a company's proxy included.
    // What has roots of its own is led to them, too: the authority of calls that are read is there.
    ...Object.fromEntries(rootVariables.map((name) => [name, roots])),
    ...(npmRegistry === null ? {} : { npm_config_registry: npmRegistry }),
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
  };
}
