import { describe, expect, it } from '@jest/globals';
import type { HandOverDeps } from '#broker/hand-over.ts';
import { handOver } from '#broker/hand-over.ts';
import type { NoteUsageDeps } from '#broker/note-usage.ts';
import { noteUsage } from '#broker/note-usage.ts';
import type { RenewDeps } from '#broker/renew.ts';
import { renew } from '#broker/renew.ts';
import { verifyProof } from '#broker/verify-token.ts';
import { sha256 } from '#model/digest.ts';
import { noUsage } from '#model/model-usage.ts';
import type { Session } from '#model/session.ts';
import { createProofKey } from '#runner/proof-key.ts';
import { aGrant, now, publicUrl } from './a-job.ts';

const token = `agm_${'A'.repeat(43)}`;
const fresh = `agm_${'F'.repeat(43)}`;
const key = createProofKey(() => now.getTime());
const digest = 'a'.repeat(64);
const body = Buffer.from(JSON.stringify({ artifact: { id: 9, digest: `sha256:${digest}` } }));

function open(
  changes: Partial<Session> = {},
  given: Partial<HandOverDeps & RenewDeps & NoteUsageDeps> = {},
) {
  const session: Session = {
    tokenSha256: sha256(token),
    grantId: aGrant().id,
    runId: 'r',
    repositoryId: 74,
    phase: 'agent',
    checkRunId: 701,
    tools: [],
    expiresAt: '2026-11-22T13:00:00.000Z',
    keyThumbprint: key.thumbprint,
    ...changes,
  };
  const kept: unknown[] = [];
  const deps: HandOverDeps & RenewDeps & NoteUsageDeps = {
    publicUrl,
    burn: async () => true,
    verifyProof,
    now: () => now,
    newSessionToken: () => fresh,
    findSession: async (hash) => (hash === session.tokenSha256 ? session : undefined),
    saveHandOver: async (_session, artifact) => {
      kept.push(artifact);
      return 'saved';
    },
    saveUsage: async (_session, usage) => {
      kept.push(usage);
      return true;
    },
    renewSession: async (_session, next) => {
      kept.push(next);
      return next.until;
    },
    ...given,
  };
  return { deps, kept };
}

/** A call as the job makes it; `by` another key it is not the holder's. */
function call(path: string, bytes: Buffer, by = key) {
  const proof = by.prove({
    method: 'POST',
    url: `${publicUrl}/v1/${path}`,
    token,
    body: bytes.toString(),
  });
  return { proofs: [proof], contentType: 'application/json', body: bytes };
}

const empty = Buffer.from('{}');
const other = createProofKey(() => now.getTime());

describe('handOver', () => {
  it('keeps the artifact that the agent’s job names, by id and digest', async () => {
    const { deps, kept } = open();
    expect(await handOver(token, call('change-set', body), deps)).toEqual({
      ok: true,
      value: { repeated: false },
    });
    expect(kept).toEqual([{ id: 9, digest }]);
  });

  it.each([
    ['repeated', { ok: true, value: { repeated: true } }],
    ['taken', { ok: false, refusal: { status: 403, check: 'R2' } }],
    ['dead', { ok: false, refusal: { status: 401, check: 'M1' } }],
  ] as const)('answers what the store says: %s', async (saved, expected) => {
    const { deps } = open({}, { saveHandOver: async () => saved });
    expect(await handOver(token, call('change-set', body), deps)).toMatchObject(expected);
  });

  it.each([
    ['a session of the report', { phase: 'report' as const }, {}, 'M2'],
    ['a session that expired', { expiresAt: now.toISOString() }, {}, 'M1'],
    ['somebody without the key', {}, call('change-set', body, other), 'P2'],
    ['somebody without a proof', {}, { proofs: [] }, 'P1'],
    ['a proof of another call', {}, { proofs: call('report', body).proofs }, 'P1'],
    ['a form', {}, { contentType: 'text/plain' }, 'A3'],
  ])('takes nothing from %s', async (_who, session, change, check) => {
    const { deps, kept } = open(session);
    const asked = { ...call('change-set', body), ...change };
    expect(await handOver(token, asked, deps)).toMatchObject({ ok: false, refusal: { check } });
    expect(kept).toEqual([]);
  });

  it.each([
    ['no artifact', { artifact: null }],
    ['a member more', { artifact: { id: 9, digest }, result: 'changed' }],
    ['an id as text', { artifact: { id: '9', digest } }],
    ['a digest that is none', { artifact: { id: 9, digest: 'abc' } }],
    ['a list', []],
  ])('refuses %s', async (_what, value) => {
    const { deps, kept } = open();
    const bytes = Buffer.from(JSON.stringify(value));
    expect(await handOver(token, call('change-set', bytes), deps)).toMatchObject({
      refusal: { status: 400, check: 'R2' },
    });
    expect(kept).toEqual([]);
  });
});

describe('renew', () => {
  it('gives another token for an hour, and keeps its digest alone', async () => {
    const { deps, kept } = open();
    expect(await renew(token, call('renew', empty), deps)).toEqual({
      ok: true,
      value: { session_token: fresh, expires_at: '2026-11-22T13:00:00.000Z' },
    });
    expect(kept).toEqual([
      { tokenSha256: sha256(fresh), until: new Date('2026-11-22T13:00:00.000Z') },
    ]);
  });

  it.each([
    ['a session of the report', { phase: 'report' as const }, {}, 'M2'],
    ['a session that expired', { expiresAt: now.toISOString() }, {}, 'M1'],
    ['a session without a key, whose thief could make it last', { keyThumbprint: null }, {}, 'P2'],
    ['somebody without the key', {}, call('renew', empty, other), 'P2'],
    ['a proof of another call', {}, call('report', empty), 'P1'],
  ])('renews nothing for %s', async (_who, session, change, check) => {
    const { deps, kept } = open(session);
    const asked = { ...call('renew', empty), ...change };
    expect(await renew(token, asked, deps)).toMatchObject({ ok: false, refusal: { check } });
    expect(kept).toEqual([]);
  });

  it('gives no token for a session that ended meanwhile', async () => {
    const { deps } = open({}, { renewSession: async () => null });
    expect(await renew(token, call('renew', empty), deps)).toMatchObject({
      refusal: { status: 401, check: 'M1' },
    });
  });
});

describe('noteUsage', () => {
  const usage = Buffer.from(JSON.stringify({ ...noUsage, calls: 3 }));

  it('keeps what the gate has counted', async () => {
    const { deps, kept } = open();
    expect(await noteUsage(token, call('usage', usage), deps)).toEqual({
      ok: true,
      value: { accepted: true },
    });
    expect(kept).toEqual([{ ...noUsage, calls: 3 }]);
  });

  it.each([
    ['a session of the report', { phase: 'report' as const }, {}, 'M2'],
    ['a session that expired', { expiresAt: now.toISOString() }, {}, 'M1'],
    ['somebody without the key', {}, call('usage', usage, other), 'P2'],
    ['a proof of another call', {}, { proofs: call('report', usage).proofs }, 'P1'],
    ['a form', {}, { contentType: 'text/plain' }, 'A3'],
  ])('takes nothing from %s', async (_who, session, change, check) => {
    const { deps, kept } = open(session);
    const asked = { ...call('usage', usage), ...change };
    expect(await noteUsage(token, asked, deps)).toMatchObject({ ok: false, refusal: { check } });
    expect(kept).toEqual([]);
  });

  it('refuses what is no usage', async () => {
    const { deps, kept } = open();
    const asked = call('usage', Buffer.from(JSON.stringify({ ...noUsage, calls: -1 })));
    expect(await noteUsage(token, asked, deps)).toMatchObject({ refusal: { check: 'R3' } });
    expect(kept).toEqual([]);
  });

  it('says when the session ended meanwhile', async () => {
    const { deps } = open({}, { saveUsage: async () => false });
    expect(await noteUsage(token, call('usage', usage), deps)).toMatchObject({
      refusal: { status: 401, check: 'M1' },
    });
  });
});
