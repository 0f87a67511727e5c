import { z } from 'zod';
import { ok, refuse } from '#model/result.ts';
import type { Reading } from './reading.ts';
import { sender } from './shape.ts';

/** It is about a person and the App, and names no repository: one that does is another event. */
const authorization = z.object({
  action: z.literal('revoked'),
  sender,
  repository: z.undefined().optional(),
});

/** `github_app_authorization`: a person took back what they let the App do for them. */
export const normalizeAuthorization: Reading = (payload) => {
  const parsed = authorization.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { id, login } = parsed.data.sender;
  return ok({ kind: 'authorization_revoked', person: { id, login } });
};
