import { z } from 'zod';
import type { RepositoryRef } from '#model/snapshot.ts';

/** GitHub's ids and numbers: whole, positive, exact in a double. */
export const id = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);
const login = z.string().min(1).max(100);
/** RFC 3339 in seconds, as GitHub writes it. */
export const instant = z.iso.datetime({ offset: true });

/** Whoever did it. */
export const sender = z.object({
  id,
  login,
  type: z.enum(['User', 'Bot', 'Organization']),
});

/** What every event of a repository carries; everything else in a payload is not looked at. */
export const about = z.object({
  repository: z.object({
    id,
    name: z.string().min(1).max(100),
    default_branch: z.string().min(1).max(255).optional(),
    owner: z.object({ id, login }),
  }),
  installation: z.object({ id }),
  sender,
});
export type About = z.infer<typeof about>;

/** The members that every signal of a repository has. */
export function toAbout({ repository, installation, sender: from }: About) {
  const ref: RepositoryRef = {
    id: repository.id,
    ownerId: repository.owner.id,
    owner: repository.owner.login,
    name: repository.name,
  };
  return {
    repository: ref,
    installationId: installation.id,
    sender: { id: from.id, login: from.login, type: from.type },
  } as const;
}
