import { expect } from '@jest/globals';
import type { ExchangeDeps } from '#broker/broker.ts';
import { exchange } from '#broker/broker.ts';
import type { BrokerRefusal } from '#broker/refusal.ts';
import { toWireError } from '#broker/refusal.ts';
import type { Phase } from '#model/grant.ts';
import { aBroker, ask, claimsOf, sign } from '../a-job.ts';

/**
 * One row of the threat table. Given a job of ours in which only this is otherwise (GitHub's answers
 * agree with the token unless `given` says that they are what is wrong), when it asks, then it hears
 * this: the check, the status and the code.
 */
export interface Threat {
  /** Begins with the row's id. */
  readonly name: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly given?: Partial<ExchangeDeps>;
  /** The job that asks, and what it asks for when that is not its own phase. */
  readonly job?: Phase;
  readonly phase?: Phase;
  readonly hears: string;
}

/** Both forms of the subject that GitHub gives (identity §1.1). */
export const subjectForms = ['names', 'immutable'] as const;
export type SubjectForm = (typeof subjectForms)[number];

/** What a job hears: `ok`, or check, status and code. */
export async function answerTo(
  { claims, header, given, job = 'agent', phase = job }: Omit<Threat, 'name' | 'hears'>,
  form: SubjectForm,
): Promise<string> {
  const { deps, entries } = aBroker(given);
  const token = await sign(inForm(claimsOf(job, claims), form, claims), header);
  const answer = await exchange(ask(token, phase), deps);
  if (answer.ok) return 'ok';
  saysNothing(answer.refusal, entries);
  const { check, status, reason } = answer.refusal;
  return `${check} ${status} ${reason}`;
}

/** T-E11: the answer is a code and an id, and no token is in it or in what is written down. */
export function saysNothing(refusal: BrokerRefusal, written: unknown): void {
  const wire = toWireError(refusal, 'the-id');
  expect(wire.body).toEqual({ error: refusal.reason, request_id: 'the-id' });
  expect(JSON.stringify([wire, refusal, written])).not.toMatch(/gh[su]_|eyJ|agm_/);
}

/** The subject that GitHub would give these claims: an attacker's token agrees with itself. */
function inForm(
  claims: Record<string, unknown>,
  form: SubjectForm,
  changed: Threat['claims'] = {},
): Record<string, unknown> {
  if (form === 'names' || 'sub' in changed) return claims;
  const { repository_id, repository_owner_id, environment } = claims;
  const sub = `repo:octo-org@${repository_owner_id}/octo-repo@${repository_id}:environment:${environment}`;
  return { ...claims, sub };
}
