import type { User } from '#local/record/account.ts';
import type { World } from '../world.ts';

/** The account behind a commit's address: `12+ada@users.noreply.github.com`, or without number. */
export function findCommitAuthor(world: World, email: string): User | undefined {
  const [, id, login = ''] =
    /^(?:(\d{1,15})\+)?([^@]+)@users\.noreply\.github\.com$/.exec(email) ?? [];
  if (id === undefined) return login === '' ? undefined : world.userByLogin(login);
  return world.users.get(Number(id));
}
