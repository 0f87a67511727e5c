import { z } from 'zod';

/** What can act here without being a person. */
export const identityKinds = [
  'app',
  'installation',
  'grant',
  'session',
  'token',
  'person',
  'tool',
  'credential',
] as const;
export type IdentityKind = (typeof identityKinds)[number];

const time = z.string().nullable();

/** One non-human identity; never a secret's value. Times are RFC 3339. */
export const identitySchema = z.object({
  kind: z.enum(identityKinds),
  /** GitHub's id, a UUID, a name, or the first twelve digits of a token's SHA-256. */
  id: z.string(),
  name: z.string(),
  /** Who answers for it: an account, a person who asked, or the operator. */
  owner: z.string(),
  purpose: z.string(),
  /** What it may do, and where. */
  scope: z.string(),
  /** Who has it in hand. */
  holder: z.string(),
  state: z.enum([
    'live',
    'paused',
    'unconfirmed',
    'suspended',
    'pending',
    'open',
    'expired',
    'revoked',
    'closed',
  ]),
  since: time,
  lastUsedAt: time,
  expiresAt: time,
  /** How to end it: a command, or where to go. */
  revoke: z.string(),
  /** For a button: the scope of the pause that takes it back, or `person:ID`; null where there is none. */
  scopeKey: z.string().nullable(),
});
export type Identity = z.infer<typeof identitySchema>;

export const inventorySchema = z.object({
  at: z.string(),
  identities: z.array(identitySchema),
  /** What could not be read now, a sentence each: an inventory with a gap says so. */
  gaps: z.array(z.string()),
});
/** Every non-human identity at one moment. */
export type Inventory = z.infer<typeof inventorySchema>;
