import { inventory as contextTools } from '#context/inventory.ts';
import type { Installation } from '#github/delivery-log.ts';
import { readInstallations } from '#github/delivery-log.ts';
import { reductionsOf } from '#model/assurance.ts';
import type { Identity, Inventory } from '#model/inventory.ts';
import { environments } from '#model/names.ts';
import { pauseKey } from '#model/pause.ts';
import type { LastUse } from '#postgres/inventory-read.ts';
import { listGrantUses, listSessionUses, readLastUses } from '#postgres/inventory-read.ts';
import type { Edges } from './edges.ts';
import {
  listCredentials,
  toAppIdentity,
  toInstallationIdentity,
  toTokenIdentity,
} from './inventory-app.ts';
import { toPersonIdentity } from './inventory-person.ts';
import { toGrantIdentity, toSessionIdentity, toToolIdentity } from './inventory-record.ts';

type LastUses = Awaited<ReturnType<typeof readLastUses>>;

/** Every non-human identity there is now: of the App, of the record, and what only GitHub knows. */
export async function readInventory(edges: Edges): Promise<Inventory> {
  const now = edges.now();
  const gaps = [
    `keys of model providers are secrets of the environment ${environments.agent} in each repository: GitHub lists them, the App cannot`,
    ...reductionsOf(edges.settings),
  ];
  const found = await readInstallations(edges.github).catch((error: unknown) => {
    gaps.push(`installations could not be read from GitHub: ${String(error)}`);
    return [];
  });
  const uses = await readLastUses(edges.database);
  const identities = [
    toAppIdentity(edges),
    ...(await listOfApp(edges, found, uses)),
    ...(await listOfRecord(edges, now, uses)),
  ];
  const paused = new Set((await edges.pauses.list()).map(({ scope }) => pauseKey(scope)));
  return {
    at: now.toISOString(),
    identities: identities.map((one) => asPaused(one, paused)),
    gaps,
  };
}

/** What was taken back and is not dead for good is given back by a resume. */
function asPaused(one: Identity, paused: ReadonlySet<string>): Identity {
  const isIt = one.scopeKey !== null && paused.has(one.scopeKey);
  return isIt && ['live', 'open', 'pending'].includes(one.state)
    ? { ...one, state: 'paused' }
    : one;
}

async function listOfApp(
  edges: Edges,
  found: readonly Installation[],
  uses: LastUses,
): Promise<readonly Identity[]> {
  const tokens = await listTokens(edges);
  const accounts = new Map(found.map(({ id, account }) => [id, account]));
  const installations = toMap(uses.installations);
  const minted = Math.max(0, ...tokens.map(({ mintedAt }) => mintedAt));
  return [
    ...found.map((one) => toInstallationIdentity(one, installations.get(String(one.id)) ?? null)),
    ...tokens.map((token) => toTokenIdentity(token, accounts)),
    ...listCredentials(edges, {
      webhook: toMap(uses.credentials).get('webhook') ?? null,
      evidence: toMap(uses.credentials).get('evidence') ?? null,
      mint: minted === 0 ? null : new Date(minted).toISOString(),
      sources: toMap(uses.sources),
    }),
  ];
}

/** What is kept, by whichever process, with what this one knows of its own. */
async function listTokens({ github, tokens: store }: Edges) {
  const held = new Map((await github.tokens()).map((token) => [token.sha256, token]));
  return (await store.list()).map((kept) => ({
    ...kept,
    lastUsedAt: held.get(kept.sha256)?.lastUsedAt ?? null,
  }));
}

async function listOfRecord(
  { database, people: store, settings }: Edges,
  now: Date,
  uses: LastUses,
): Promise<readonly Identity[]> {
  const grants = await listGrantUses(database);
  const sessions = await listSessionUses(database);
  const people = await store.list();
  const called = toMap(uses.tools);
  const names = [...new Set([...contextTools.map(({ name }) => name), ...called.keys()])].sort();
  return [
    ...people.map((person) => toPersonIdentity(person, settings, now)),
    ...grants.map((grant) => toGrantIdentity(grant, now)),
    ...sessions.map((session) => toSessionIdentity(session, now)),
    ...names.map((name) => toToolIdentity(name, called.get(name) ?? null, grants)),
  ];
}

function toMap(uses: readonly LastUse[]): ReadonlyMap<string, string> {
  return new Map(uses.flatMap(({ name, at }) => (at ? [[name, at.toISOString()] as const] : [])));
}
