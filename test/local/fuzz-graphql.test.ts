import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BUDGETS } from '#local/api/rate-limit.ts';
import { type LocalGitHub, startLocalGitHub } from '#local/server.ts';
import { seed } from './api-world.ts';
import { openDocuments } from './hostile-document.ts';

const SEED = 20_261_123;
const REQUESTS = 2_000;
const CALLERS = 4;

let github: LocalGitHub;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'local-fuzz-graphql-'));
  const budgets = { ...BUDGETS, user: { ...BUDGETS.user, graphql: 1e9 } };
  github = await startLocalGitHub({ dataDir, seed, budgets });
});
afterAll(async () => {
  await github.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function send(body: string) {
  const response = await fetch(github.urls.graphql, {
    method: 'POST',
    headers: { authorization: `Bearer ${github.tokens.ada}` },
    body,
  });
  return { status: response.status, text: await response.text() };
}

/** GitHub's forms: data, data with errors, errors, or REST's refusal; undefined when it is one. */
function findFault(status: number, text: string): string | undefined {
  const body = JSON.parse(text) as {
    readonly data?: unknown;
    readonly message?: unknown;
    readonly errors?: readonly { readonly message?: unknown }[];
  };
  if (status === 400) return typeof body.message === 'string' ? undefined : 'no message';
  if (status !== 200) return `answered ${status}`;
  const messages = body.errors?.map(({ message }) => message) ?? [];
  if (!('data' in body) && messages.length === 0) return 'neither data nor errors';
  return messages
    .map((message) => (typeof message === 'string' ? message : 'no message'))
    .find(
      (message) =>
        message === 'no message' || /went wrong|TypeError|RangeError|undefined/.test(message),
    );
}

function nameOutcome(status: number, text: string): string {
  if (status !== 200) return String(status);
  return text.includes('"errors"') ? 'errors' : 'data';
}

async function readIds(): Promise<readonly string[]> {
  const query =
    '{ repository(owner: "acme", name: "shop") { id issues(first: 2) { nodes { id } } labels(first: 1) { nodes { id } } } }';
  const { data } = JSON.parse((await send(JSON.stringify({ query }))).text);
  const { id, issues, labels } = data.repository;
  return [id, ...[...issues.nodes, ...labels.nodes].map((node: { id: string }) => node.id)];
}

describe('two thousand hostile documents', () => {
  it('get an answer of GitHub’s kind, and never an error of the server', async () => {
    const next = openDocuments(SEED, await readIds());
    const faults: string[] = [];
    const outcomes = new Map<string, number>();
    let sent = 0;
    const caller = async () => {
      while (sent < REQUESTS) {
        sent += 1;
        const { kind, body } = next();
        const { status, text } = await send(body);
        const outcome = nameOutcome(status, text);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        const fault = findFault(status, text);
        if (fault) faults.push(`${fault} ← ${kind}: ${body.slice(0, 300)}`);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    const alive = await send('{"query":"{ viewer { login } }"}');

    expect(faults).toEqual([]);
    // The attack got in: some was answered, some refused, in every way there is.
    for (const outcome of ['data', 'errors', '400'])
      expect(outcomes.get(outcome)).toBeGreaterThan(20);
    expect(alive.text).toBe('{"data":{"viewer":{"login":"ada"}}}');
  }, 120_000);
});
