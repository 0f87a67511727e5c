import type { User } from '#local/record/account.ts';
import { Fault } from '#model/fault.ts';
import { noreplyAddress } from '../api/push-payload.ts';
import type { Signature } from '../git/signature.ts';
import type { World } from '../world.ts';

/** A person or organization of the seed by login. Throws LOCAL_GITHUB when there is none. */
export function accountOf(world: World, login: string): User {
  const user = world.userByLogin(login);
  if (!user)
    throw new Fault(
      'LOCAL_GITHUB',
      `expected the account "${login}", got none: add it to the seed`,
    );
  return user;
}

/** Account ids of logins. */
export function idsOf(world: World, logins: readonly string[] = []): number[] {
  return logins.map((login) => accountOf(world, login).id);
}

/** An account as the author of a commit, now. */
export function seedSignature(world: World, account: User): Signature {
  return {
    name: account.name ?? account.login,
    email: noreplyAddress(account),
    date: world.now().toISOString(),
  };
}
