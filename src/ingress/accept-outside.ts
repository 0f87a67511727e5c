import type { Sha256 } from '#model/digest.ts';
import { sha256 } from '#model/digest.ts';
import type { EntryDraft } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import type { OutsideSignal } from '#model/outside.ts';
import { carriesMark } from '#model/outside.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Source, SourceKind } from '#model/source.ts';
import { sourceKinds } from '#model/source.ts';
import { decodeUtf8, parseObject } from './parse-object.ts';
import type { Claim, OutsideCall, SourceAdapter } from './source/adapter.ts';
import { linear } from './source/linear.ts';
import { sentry } from './source/sentry.ts';
import { slack } from './source/slack.ts';
import { standardWebhooks } from './source/standard-webhooks.ts';

/** A signal worth keeping: signed, fresh, shaped as its sender says, and never seen before. */
export interface OutsideRecord {
  /** The name of its source. */
  readonly source: string;
  readonly bodySha256: Sha256;
  readonly deliveryId: string;
  readonly signal: OutsideSignal;
}

export type OutsideAnswer =
  | { readonly kind: 'challenge'; readonly challenge: string }
  | { readonly kind: 'taken'; readonly duplicate: boolean; readonly ignored: string | null };

export interface OutsideRefusal {
  readonly reason:
    | 'source_unknown'
    | 'source_not_configured'
    | 'body_too_large'
    | 'signature_invalid'
    | 'stale'
    | 'json_invalid'
    | 'shape_invalid';
  readonly status: 400 | 401 | 404 | 413 | 422;
  readonly sentence: string;
}

export interface AcceptOutsideDeps {
  readonly now: () => Date;
  /** True when this secret made this claim over these bytes; compared in constant time. */
  readonly verify: (claim: Claim, secret: string, body: Uint8Array) => boolean;
  /** Row, ledger entry and, for a report, its queue job, in one transaction. */
  readonly store: (record: OutsideRecord, entry: EntryDraft) => Promise<'stored' | 'duplicate'>;
}

/** Senders here stay well below; GitHub's own deliveries may be twice as long. */
export const outsideBytesMax = 1024 * 1024;

/** The answer to a longer body, whether it was read or only announced. */
export const tooLarge: OutsideRefusal = {
  reason: 'body_too_large',
  status: 413,
  sentence: `expected at most ${outsideBytesMax} bytes`,
};

const adapters: Readonly<Record<SourceKind, SourceAdapter>> = {
  linear,
  sentry,
  slack,
  'standard-webhooks': standardWebhooks,
};

const deliveryIdForm = /^[\x21-\x7e]{1,128}$/;

/** The source that an address names, before a byte of the body is read. */
export function findSource(
  name: string,
  sources: readonly Source[],
): Result<Source, OutsideRefusal> {
  const source = sources.find((one) => one.name === name);
  if (source) return ok(source);
  return sourceKinds.some((kind) => kind === name)
    ? refused(
        'source_not_configured',
        404,
        `${name} is not configured here: name it in SALLYPORT_SOURCES`,
      )
    : refused('source_unknown', 404, 'no source has this name');
}

/**
 * Take one call from outside: cap, verify, check its time and shape, record, and answer in
 * milliseconds. The issue is written later, from the record.
 */
export async function acceptOutside(
  source: Source,
  call: OutsideCall,
  deps: AcceptOutsideDeps,
): Promise<Result<OutsideAnswer, OutsideRefusal>> {
  const adapter = adapters[source.kind];
  const checked = checkCall(source, adapter, call, deps);
  if (!checked.ok) return checked;
  const { payload, signedWith } = checked.value;
  const read = adapter.read(call, payload);
  if (!read.ok) return refused('shape_invalid', 422, read.refusal);
  if (read.value.kind === 'challenge') return ok(read.value);
  const record = toRecord(source, call, {
    deliveryId: adapter.deliveryId(call, payload),
    signal: sift(read.value, source),
  });
  const stored = await deps.store(record, entryOf(record, source, signedWith));
  const ignored = record.signal.kind === 'ignored' ? record.signal.because : null;
  return ok({ kind: 'taken', duplicate: stored === 'duplicate', ignored });
}

interface Checked {
  readonly payload: JsonObject;
  readonly signedWith: 'present' | 'previous';
}

function checkCall(
  source: Source,
  adapter: SourceAdapter,
  call: OutsideCall,
  deps: AcceptOutsideDeps,
): Result<Checked, OutsideRefusal> {
  if (call.body.length > outsideBytesMax) return refuse(tooLarge);
  const claim = adapter.claim(call);
  const signedWith = claim && findSecret(claim, source, call.body, deps);
  if (!signedWith) {
    return refused(
      'signature_invalid',
      401,
      `expected a signature by ${source.kind} over this body with the secret of ${source.name}`,
    );
  }
  const text = decodeUtf8(call.body);
  const payload = text === undefined ? undefined : parseObject(text);
  if (!payload) return refused('json_invalid', 400, 'expected one JSON object in UTF-8');
  const sentAt = adapter.sentAt(call, payload);
  // Not a number is not within the window either.
  if (sentAt !== null && !(Math.abs(deps.now().getTime() - sentAt) <= adapter.windowMs)) {
    const seconds = adapter.windowMs / 1000;
    return refused('stale', 401, `expected a signed time within ${seconds} seconds of now`);
  }
  return ok({ payload, signedWith });
}

/** Which of the source's secrets made this claim; undefined when none did. */
function findSecret(
  claim: Claim,
  { secret, secretPrevious }: Source,
  body: Uint8Array,
  { verify }: Pick<AcceptOutsideDeps, 'verify'>,
): Checked['signedWith'] | undefined {
  if (verify(claim, secret, body)) return 'present';
  return secretPrevious !== null && verify(claim, secretPrevious, body) ? 'previous' : undefined;
}

/** What its source is not interested in, and what came from an issue of ours, goes no further. */
function sift(signal: OutsideSignal, source: Source): OutsideSignal {
  if (signal.kind === 'ignored') return signal;
  const { part, tags } = signal;
  if (carriesMark(part.title) || carriesMark(part.text)) {
    return { kind: 'ignored', because: 'its text is that of an issue written from a signal' };
  }
  if (source.only.length > 0 && !source.only.some((word) => tags.includes(word))) {
    return { kind: 'ignored', because: `it carries none of ${source.only.join(', ')}` };
  }
  return signal;
}

function toRecord(
  source: Source,
  call: OutsideCall,
  seen: { readonly deliveryId: string | null; readonly signal: OutsideSignal },
): OutsideRecord {
  const bodySha256 = sha256(call.body);
  const { deliveryId, signal } = seen;
  const isId = deliveryId !== null && deliveryIdForm.test(deliveryId);
  return {
    source: source.name,
    bodySha256,
    deliveryId: isId ? deliveryId : `body:${bodySha256}`,
    signal,
  };
}

/** Which secret signed is said only when it is the previous one: its last use ends a rotation. */
function entryOf(
  record: OutsideRecord,
  { name, kind }: Source,
  signedWith: Checked['signedWith'],
): EntryDraft {
  const { deliveryId, bodySha256, signal } = record;
  return {
    kind: 'ingress.received',
    runId: null,
    repositoryId: null,
    actor: `source:${name}`,
    facts: {
      source: name,
      sender: kind,
      deliveryId,
      bodySha256,
      ...(signal.kind === 'ignored'
        ? { ignored: signal.because }
        : { thread: signal.thread, reference: signal.reference }),
      ...(signedWith === 'previous' ? { secret: signedWith } : {}),
    },
  };
}

function refused(
  reason: OutsideRefusal['reason'],
  status: OutsideRefusal['status'],
  sentence: string,
) {
  return refuse({ reason, status, sentence });
}
