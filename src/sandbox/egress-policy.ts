// Pure: from the policy's words to what the gate allows.
import type { Policy } from '#model/policy.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import type { EgressPolicy } from '#model/sandbox.ts';
import { npmRule } from './egress/decide-call.ts';
import { parseHostName } from './egress/host-name.ts';

/**
 * The hosts of a policy, bundles resolved. `npmRegistry` is the URL of the runner's own npm
 * configuration, never of the repository; null when the runner has no npm.
 */
export function egressPolicyOf(
  policy: Policy,
  npmRegistry: string | null,
): Result<EgressPolicy, string> {
  const hosts: { readonly host: string; readonly rule: string }[] = [];
  for (const rule of policy.sandbox.egress) {
    if (rule !== 'npm') {
      if (!hosts.some(({ host }) => host === rule.host))
        hosts.push({ host: rule.host, rule: `policy:${rule.host}` });
      continue;
    }
    const registry = readRegistry(npmRegistry);
    if (!registry.ok) return registry;
    hosts.unshift({ host: registry.value, rule: npmRule });
  }
  return ok({ hosts, routes: [] });
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
    NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
    ...(npmRegistry === null ? {} : { npm_config_registry: npmRegistry }),
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
  };
}
