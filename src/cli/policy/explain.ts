import { openJudgement, openRecord } from '#compose/judgement.ts';
import { readSignal } from '#ingress/ingress.ts';
import { sha256 } from '#model/digest.ts';
import type { Json, JsonObject } from '#model/json.ts';
import type { Explanation } from '#policy/explain.ts';
import { explain, renderExplanation, wishOf } from '#policy/explain.ts';
import { judge } from '#policy/policy.ts';
import type { JudgeDeps } from '#policy/read-facts.ts';
import type { Database } from '#postgres/database.ts';
import { findDelivery } from '#postgres/delivery-record.ts';
import { readSettings } from '#settings.ts';
import { Exit } from '../exit-code.ts';
import { openOutput } from '../output.ts';
import { offlineDeps, parseFacts } from './offline.ts';
import { readText } from './read-text.ts';

export interface ExplainOptions {
  readonly delivery?: string;
  readonly event?: string;
  readonly eventName: string;
  readonly facts?: string;
  readonly policy?: string;
  readonly organization?: string;
  readonly json?: boolean;
}

interface Asked {
  readonly bodySha256: string;
  readonly event: string;
  readonly payload: JsonObject;
}

/** What judges, and how to let go of it. */
interface Judge {
  readonly deps: JudgeDeps;
  readonly close: () => Promise<void>;
}

/** `sallyport policy explain`: what would follow from an event now, and why. Nothing does. */
export async function policyExplain(options: ExplainOptions): Promise<void> {
  if ((options.delivery === undefined) === (options.event === undefined)) {
    throw new Exit('usage', 'expected either --delivery or --event: what is to be explained');
  }
  const isOffline = options.facts !== undefined;
  const settings = isOffline && options.delivery === undefined ? null : settingsOrExit();
  const record = settings && (await openRecord(settings));
  try {
    const asked = await findAsked(options, record);
    const { deps, close } =
      settings && record && !isOffline
        ? await openJudgement(settings, record)
        : await openOffline(options, asked);
    try {
      const explanation = await explainEvent(asked, deps);
      openOutput(options.json ?? false).answer(explanation, renderExplanation(explanation));
    } finally {
      await close();
    }
  } finally {
    await record?.close();
  }
}

async function explainEvent(asked: Asked, deps: JudgeDeps): Promise<Explanation> {
  const signal = readSignal({ ...asked, guid: '', action: null }, deps);
  const wish = wishOf(signal);
  const request = wish && ({ kind: 'wish', eventId: asked.bodySha256, wish } as const);
  return explain(signal, request ? await judge(request, deps) : null);
}

async function findAsked(options: ExplainOptions, record: Database | null): Promise<Asked> {
  const { delivery } = options;
  if (delivery === undefined || !record) return readAsked(options);
  const row = await findDelivery(record, delivery);
  if (row) return row;
  throw new Exit(
    'usage',
    `there is no recorded delivery ${delivery}: name its GUID or body digest`,
  );
}

async function readAsked({ event = '', eventName }: ExplainOptions): Promise<Asked> {
  const text = await readText(event, 'the JSON payload of an event');
  return { bodySha256: sha256(text), event: eventName, payload: parsePayload(text, event) };
}

function parsePayload(text: string, file: string): JsonObject {
  const expected = `expected ${file} to hold the JSON payload of an event`;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new Exit('usage', `${expected}, but it is no JSON`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw new Exit('usage', `${expected}, one object, but it is something else`);
}

/** With `--facts` nothing is asked of anybody. */
async function openOffline(options: ExplainOptions, { payload }: Asked): Promise<Judge> {
  const facts = parseFacts(await readText(options.facts ?? '-', 'facts in JSON'));
  const given = {
    ...facts,
    ...(await textOf('policy', options.policy)),
    ...(await textOf('organization', options.organization)),
  };
  return { deps: offlineDeps(given, payload), close: async () => {} };
}

async function textOf(key: 'policy' | 'organization', file: string | undefined) {
  return file === undefined ? {} : { [key]: await readText(file, 'a policy file in YAML') };
}

function settingsOrExit() {
  const settings = readSettings();
  if (settings.ok) return settings.value;
  throw new Exit('usage', `settings: ${settings.refusal.join('; ')}`);
}
