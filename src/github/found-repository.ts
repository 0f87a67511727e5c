import { z } from 'zod';
import type { RepositoryRef } from '#model/snapshot.ts';

const repository = z.object({
  id: z.number().int().positive(),
  name: z.string(),
  owner: z.object({ id: z.number().int().positive(), login: z.string() }),
});

/** The one repository of an answer, when it has the name that was asked for; else null. */
export function toFound(
  installationId: number,
  answered: readonly unknown[],
  asked: { readonly owner: string; readonly name: string },
): { readonly installationId: number; readonly repository: RepositoryRef } | null {
  const parsed = repository.safeParse(answered[0]);
  if (!parsed.success || answered.length !== 1) return null;
  const { id, name, owner } = parsed.data;
  const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  if (!isSame(name, asked.name) || !isSame(owner.login, asked.owner)) return null;
  return { installationId, repository: { id, ownerId: owner.id, owner: owner.login, name } };
}
