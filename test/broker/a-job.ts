import type { webcrypto } from 'node:crypto';
import { constants, createHmac, createPublicKey, KeyObject, sign as signBytes } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { ExchangeDeps } from '#broker/broker.ts';
import type { LiveRun } from '#broker/check-live.ts';
import type { EntryDraft } from '#model/entry.ts';
import type { Grant, Phase } from '#model/grant.ts';
import { boundAudience } from '#model/possession.ts';
import { createProofKey } from '#runner/proof-key.ts';

export const now = new Date('2026-11-22T12:00:00Z');
const nowSeconds = now.getTime() / 1000;
export const issuer = 'https://token.actions.githubusercontent.com';
export const publicUrl = 'https://sallyport.example.com';
const exchangeUrl = `${publicUrl}/v1/exchange`;
/** The job's clock, which is to go with the broker's where a test moves that. */
export const jobClock = { at: now.getTime() };
/** The job's key. */
export const jobKey = createProofKey(() => jobClock.at);
export const audience = boundAudience(exchangeUrl, jobKey.thumbprint);
export const release = 'd'.repeat(40);
const base = 'a'.repeat(40);
export const botUserId = 990;

export const trust = {
  issuer,
  assurance: 'full',
  bearer: 'refused',
  botUserId,
  releaseRepository: 'sallyport/sallyport',
  releases: [release],
  runnerEnvironment: 'github-hosted',
} as const;

export const grantId = '019e0000-0000-7000-8000-000000000001';

export function aGrant(changes: Partial<Grant> = {}): Grant {
  return {
    id: grantId,
    runId: '019e0000-0000-7000-8000-0000000000aa',
    installationId: 3,
    repositoryId: 74,
    ownerId: 65,
    repository: 'octo-org/octo-repo',
    issue: 4,
    snapshotSha256: 'b'.repeat(64),
    policySha256: 'c'.repeat(64),
    organizationPolicySha256: null,
    requesterId: 1,
    requesterLogin: 'mona',
    ref: 'refs/heads/main',
    sha: base,
    attempt: 1,
    workflowRunId: 5001,
    tools: [{ tool: 'issue.read', callsMax: 7 }],
    state: 'open',
    expiresAt: '2026-11-22T14:00:00.000Z',
    ...changes,
  };
}

/** The claims of a phase's job, shaped and timed as GitHub's are: nbf ten minutes back. */
export function claimsOf(phase: Phase, changes: Record<string, unknown> = {}) {
  return {
    iss: issuer,
    aud: audience,
    sub: `repo:octo-org/octo-repo:environment:sallyport-${phase}`,
    jti: crypto.randomUUID(),
    exp: nowSeconds + 300,
    iat: nowSeconds,
    nbf: nowSeconds - 600,
    repository: 'octo-org/octo-repo',
    repository_id: '74',
    repository_owner: 'octo-org',
    repository_owner_id: '65',
    repository_visibility: 'private',
    ref: 'refs/heads/main',
    ref_type: 'branch',
    ref_protected: 'true',
    sha: base,
    head_ref: '',
    base_ref: '',
    event_name: 'workflow_dispatch',
    workflow: 'sallyport',
    workflow_ref: 'octo-org/octo-repo/.github/workflows/sallyport.yml@refs/heads/main',
    workflow_sha: base,
    job_workflow_ref: `sallyport/sallyport/.github/workflows/${phase}.yml@${release}`,
    job_workflow_sha: release,
    run_id: '5001',
    run_number: '10',
    run_attempt: '1',
    check_run_id: phase === 'agent' ? '701' : '702',
    actor: 'sallyport[bot]',
    actor_id: String(botUserId),
    runner_environment: 'github-hosted',
    environment: `sallyport-${phase}`,
    ...changes,
  };
}

export function aLiveRun(changes: Partial<LiveRun> = {}): LiveRun {
  return {
    id: 5001,
    repositoryId: 74,
    status: 'in_progress',
    attempt: 1,
    headSha: base,
    event: 'workflow_dispatch',
    path: '.github/workflows/sallyport.yml',
    triggeringActorId: botUserId,
    jobs: [
      { name: 'agent / agent', status: 'in_progress', checkRunId: 701 },
      { name: 'report / report', status: 'in_progress', checkRunId: 702 },
    ],
    ...changes,
  };
}

const pair = await generateKeyPair('RS256', { extractable: true });
const foreign = await generateKeyPair('RS256', { extractable: true });
export const keySet: JSONWebKeySet = {
  keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', use: 'sig' }],
};

/** Sign as the issuer does, or as somebody who would like to be it. */
export function sign(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
  by: 'issuer' | 'foreign' = 'issuer',
): Promise<string> {
  const key = by === 'issuer' ? pair : foreign;
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'one', x5t: 'one', ...header })
    .sign(key.privateKey);
}

export function ask(token: string, phase: string = 'agent', grant = grantId) {
  const body = JSON.stringify({ grant, phase });
  return {
    authorization: [`Bearer ${token}`],
    proofs: [jobKey.prove({ method: 'POST', url: exchangeUrl, token, body })],
    contentType: 'application/json',
    body: Buffer.from(body),
  };
}

/** A broker with everything in its place, and the record of what it wrote. */
export function aBroker(changes: Partial<ExchangeDeps> = {}) {
  const entries: EntryDraft[] = [];
  const used = new Set<string>();
  let tokens = 0;
  const deps: ExchangeDeps = {
    trust,
    publicUrl,
    keys: createLocalJWKSet(keySet),
    now: () => now,
    newSessionToken: () => {
      tokens += 1;
      return `agm_${String(tokens).padStart(43, 'A')}`;
    },
    burn: async ({ iss, jti }) => {
      const fresh = !used.has(`${iss} ${jti}`);
      used.add(`${iss} ${jti}`);
      return fresh;
    },
    findGrant: async (id) => (id === grantId ? aGrant() : undefined),
    readLive: async () => aLiveRun(),
    readRole: async () => 'write',
    issue: async ({ entry }) => {
      entries.push(entry);
      return 'issued';
    },
    append: async (entry) => void entries.push(entry),
    ...changes,
  };
  return { deps, entries };
}

/** What else a signature may be made with: what the issuer does not use, and a key for what it does. */
const algorithms = {
  RS256: (input: Buffer, key: KeyObject) => signBytes('sha256', input, key),
  RS512: (input: Buffer, key: KeyObject) => signBytes('sha512', input, key),
  PS256: (input: Buffer, key: KeyObject) =>
    signBytes('sha256', input, {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    }),
  none: () => Buffer.from('A'),
  // The public key as the secret of a symmetric algorithm, as a verifier that mixes them would.
  HS256: (input: Buffer, key: KeyObject) =>
    createHmac('sha256', createPublicKey(key).export({ type: 'spki', format: 'pem' }))
      .update(input)
      .digest(),
} as const;

/** A token of this very text, made with the right key by this algorithm; the key set names none. */
export function signText(payload: string, alg: keyof typeof algorithms): string {
  const encode = (part: string) => Buffer.from(part).toString('base64url');
  const header = JSON.stringify({ alg, typ: 'JWT', kid: 'one', x5t: 'one' });
  const input = `${encode(header)}.${encode(payload)}`;
  const key = KeyObject.from(pair.privateKey as webcrypto.CryptoKey);
  return `${input}.${algorithms[alg](Buffer.from(input), key).toString('base64url')}`;
}
