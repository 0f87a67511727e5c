import { z } from 'zod';

const time = z.string().nullable();

/** What one person let the App do in their name, as operators are told. Times are RFC 3339. */
export const leaveSchema = z.object({
  /** The account's id: logins can be taken over by others. */
  id: z.number().int(),
  login: z.string(),
  state: z.enum(['live', 'expired', 'ended']),
  /** The first digits of the token's SHA-256, as in the ledger. */
  token: z.string(),
  /** Whether the sealed token is still there: it is until GitHub has revoked it. */
  isKept: z.boolean(),
  /** Ids of the installations for which it may be used. */
  installations: z.array(z.number().int()),
  since: z.string(),
  lastUsedAt: time,
  expiresAt: z.string(),
  endedAt: time,
  /** Why it ended; null while it lives. */
  because: z.string().nullable(),
});
export type Leave = z.infer<typeof leaveSchema>;

/** What came of ending one. */
export const leaveEndSchema = z.object({
  id: z.number().int(),
  login: z.string(),
  /**
   * `revoked` there; `pending`: GitHub is away, and is asked again; `out_of_reach`: the App cannot tell GitHub,
   * because it is switched off or its sealing key is another one, and has forgotten its copy.
   */
  atGitHub: z.enum(['revoked', 'pending', 'out_of_reach']),
});
export type LeaveEnd = z.infer<typeof leaveEndSchema>;
