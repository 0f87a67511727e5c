import { z } from 'zod';

/** Every protocol that an outside signal may come by: one adapter each in `src/ingress/source`. */
export const sourceKinds = ['linear', 'sentry', 'slack', 'standard-webhooks'] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** The last segment of a source's address, and its name in the ledger. */
export const sourceNameForm = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Shorter ones can be searched for; every sender here makes longer ones. */
const secretCharactersMin = 24;

/** The secret itself, or the variable that holds it. */
const secretSchema = z.union([
  z.string().min(secretCharactersMin, `at least ${secretCharactersMin} characters`),
  z.strictObject({ env: z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'the name of a variable') }),
]);

/** One source as the settings state it, before its secret is looked up. */
export const sourceSchema = z.strictObject({
  kind: z.enum(sourceKinds),
  name: z.string().regex(sourceNameForm, 'lower-case letters, digits, hyphens').optional(),
  secret: secretSchema,
  secret_previous: secretSchema.optional(),
  repository: z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, 'expected owner/name'),
  labels: z.array(z.string().trim().min(1).max(50)).max(5).default([]),
  only: z.array(z.string().trim().min(1).max(200)).max(50).default([]),
  issues_per_hour: z.number().int().min(1).max(1000).default(20),
  updates_per_hour: z.number().int().min(1).max(10_000).default(200),
});

/** Where outside signals come from, and what may come of them. */
export interface Source {
  readonly name: string;
  readonly kind: SourceKind;
  /** What the sender signs with. */
  readonly secret: string;
  /** Accepted as well, while it is being rotated out. */
  readonly secretPrevious: string | null;
  /** The one repository whose issues it writes. */
  readonly owner: string;
  readonly repository: string;
  /** Put on new issues; never one that starts work. */
  readonly labels: readonly string[];
  /** Words of which a signal must carry one (a Linear label, a Slack channel …); empty for all. */
  readonly only: readonly string[];
  readonly issuesPerHour: number;
  readonly updatesPerHour: number;
}

/** Why this is no secret for that kind of source; undefined when it is one. */
export function secretTrouble(kind: SourceKind, secret: string): string | undefined {
  if (secret.length < secretCharactersMin) {
    return `expected a secret of at least ${secretCharactersMin} characters, got ${secret.length}`;
  }
  if (
    kind === 'standard-webhooks' &&
    !/^whsec_(?:[A-Za-z0-9+/]{4}){5,}[A-Za-z0-9+/=]{4}$/.test(secret)
  ) {
    return 'expected a secret as the sender shows it, whsec_ and base64';
  }
  return undefined;
}
