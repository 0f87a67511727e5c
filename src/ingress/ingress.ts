import type { Sha256 } from '#model/digest.ts';
import { sha256 } from '#model/digest.ts';
import type { EntryDraft } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Signal } from '#model/signal.ts';
import { normalize } from './normalize.ts';
import { decodeUtf8, parseObject } from './parse-object.ts';

/** One webhook call as it came in, before anything is believed. */
export interface Delivery {
  /** `X-GitHub-Delivery`; not covered by the signature. */
  readonly guid: string;
  /** `X-GitHub-Event`; not covered by the signature. */
  readonly event: string;
  /** `X-Hub-Signature-256`. */
  readonly signature: string;
  /** `X-GitHub-Hook-Installation-Target-ID`. */
  readonly targetId?: string | undefined;
  readonly body: Uint8Array;
}

/** A delivery worth keeping: signed, for this App, and shaped as its event says. */
export interface DeliveryRecord {
  readonly bodySha256: Sha256;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly payload: JsonObject;
}

/** A delivery to be recorded. */
export interface NewDelivery extends Omit<DeliveryRecord, 'payload'> {
  /** The JSON text as it came, in UTF-8. */
  readonly body: Uint8Array;
  /** Nothing here listens to it: recorded, and no work follows. */
  readonly isIgnored: boolean;
}

export interface Accepted {
  readonly bodySha256: Sha256;
  /** True when the same body or GUID was here before and was not a failure. */
  readonly duplicate: boolean;
}

export interface IngressRefusal {
  readonly reason:
    | 'body_too_large'
    | 'headers_invalid'
    | 'signature_invalid'
    | 'wrong_target'
    | 'json_invalid'
    | 'shape_invalid';
  readonly status: 400 | 401 | 413 | 422;
  readonly sentence: string;
}

export interface IngressDeps {
  readonly appId: number;
  readonly botUserId: number;
  /** HMAC over the bytes of the text, compared in constant time; `previous` for the secret being rotated out. */
  readonly verify: (body: string, signature: string) => Promise<boolean | 'previous'>;
  /** Row, ledger entry and queue job in one transaction; a `failed` row is taken up again. */
  readonly store: (record: NewDelivery, entry: EntryDraft) => Promise<'stored' | 'duplicate'>;
}

/** GitHub caps payloads at 25 MB; the events used here are far smaller (identity M0). */
export const deliveryBytesMax = 2 * 1024 * 1024;
const guidForm = /^[A-Za-z0-9-]{1,64}$/;
const eventForm = /^[a-z0-9_]{1,50}$/;
const actionForm = /^[a-z0-9_]{1,60}$/;

/**
 * Take one delivery: cap, verify, check, record, and answer in milliseconds. What it means is
 * worked out later, from the record.
 */
export async function accept(
  delivery: Delivery,
  deps: IngressDeps,
): Promise<Result<Accepted, IngressRefusal>> {
  const checked = await checkDelivery(delivery, deps);
  if (!checked.ok) return checked;
  const { record, payload, signedWith } = checked.value;
  const stored = await deps.store(record, entryOf(record, payload, signedWith));
  return ok({ bodySha256: record.bodySha256, duplicate: stored === 'duplicate' });
}

interface Checked {
  readonly record: NewDelivery;
  readonly payload: JsonObject;
  readonly signedWith: true | 'previous';
}

async function checkDelivery(
  { guid, event, signature, targetId, body }: Delivery,
  deps: IngressDeps,
): Promise<Result<Checked, IngressRefusal>> {
  if (body.length > deliveryBytesMax) {
    return refused('body_too_large', 413, `expected at most ${deliveryBytesMax} bytes`);
  }
  // Strict decoding loses nothing: the text has the same bytes again, or there is none.
  const text = decodeUtf8(body);
  const signedWith = text !== undefined && (await deps.verify(text, signature));
  if (signedWith === false) {
    return refused('signature_invalid', 401, 'the signature does not match the body and secret');
  }
  if (!guidForm.test(guid) || !eventForm.test(event)) {
    return refused('headers_invalid', 400, 'expected a delivery id and an event name');
  }
  if (targetId !== undefined && targetId !== String(deps.appId)) {
    return refused('wrong_target', 400, 'the delivery is for another App');
  }
  const payload = parseObject(text);
  if (!payload) return refused('json_invalid', 400, 'expected one JSON object in UTF-8');
  const signal = normalize(event, payload, deps);
  if (!signal.ok) return refused('shape_invalid', 422, signal.refusal.sentence);
  const action = readAction(payload);
  if (!action.ok) return action;
  const isIgnored = signal.value.kind === 'ignored';
  const record = { bodySha256: sha256(body), guid, event, action: action.value, isIgnored };
  return ok({ record: { ...record, body }, payload, signedWith });
}

/** What a recorded delivery means; asked by the queue's worker. A record always normalizes. */
export function readSignal(record: DeliveryRecord, deps: { readonly botUserId: number }): Signal {
  const signal = normalize(record.event, record.payload, deps);
  return signal.ok ? signal.value : { kind: 'ignored', because: signal.refusal.sentence };
}

/** Recorded under its name, so it must be one. */
function readAction({ action }: JsonObject): Result<string | null, IngressRefusal> {
  if (action === undefined || action === null) return ok(null);
  if (typeof action === 'string' && actionForm.test(action)) return ok(action);
  return refused('shape_invalid', 422, 'expected action to be a word of lower-case letters');
}

/** Which secret signed is said only when it is the previous one: its last use ends a rotation. */
function entryOf(
  record: NewDelivery,
  payload: JsonObject,
  signedWith: true | 'previous',
): EntryDraft {
  const { guid, event, action, bodySha256 } = record;
  const secret = signedWith === 'previous' ? { secret: signedWith } : {};
  return {
    kind: 'ingress.received',
    runId: null,
    repositoryId: numberAt(payload, 'repository'),
    actor: 'github',
    facts: { guid, event, action, bodySha256, senderId: numberAt(payload, 'sender'), ...secret },
  };
}

function numberAt(payload: JsonObject, key: string): number | null {
  const part = payload[key];
  if (part === null || typeof part !== 'object' || !('id' in part)) return null;
  return Number.isSafeInteger(part.id) ? Number(part.id) : null;
}

function refused(
  reason: IngressRefusal['reason'],
  status: IngressRefusal['status'],
  sentence: string,
) {
  return refuse({ reason, status, sentence });
}
