import type { KeptPerson } from '#model/person.ts';
import type { PeopleDeps } from './people.ts';
import { forgetPerson, openToken } from './people.ts';

/** What the look at everybody's leave needs besides. */
export interface CheckDeps extends PeopleDeps {
  /** Some of those who were not looked at for a while. */
  readonly listUnchecked: () => Promise<readonly KeptPerson[]>;
  /** Who ended, and is not forgotten yet: GitHub was away when it was to be told. */
  readonly listUnforgotten: () => Promise<readonly KeptPerson[]>;
  /** Looked at now; only these installations are left. */
  readonly noteCheck: (userId: number, installations: readonly number[]) => Promise<void>;
}

/**
 * What lost deliveries would have told (`delivery:any-order`): who took their leave back, and where
 * the App was uninstalled. GitHub sends the very same bytes when a person takes it back a second
 * time, which look like a repetition.
 */
export async function checkPeople(deps: CheckDeps): Promise<void> {
  for (const person of await deps.listUnchecked()) {
    const because = await findEnd(person, deps);
    if (because !== null) await deps.end(person.account.id, because, 'app');
  }
  for (const { account } of await deps.listUnforgotten()) await forgetPerson(deps, account.id);
}

/** Null when it goes on. A token that sleeps is asked about when it is renewed. */
async function findEnd(person: KeptPerson, deps: CheckDeps): Promise<string | null> {
  const { account, installations, refreshExpiresAt, tokenExpiresAt } = person;
  if (refreshExpiresAt <= deps.now()) return 'it was not renewed in time';
  const token = openToken(person, deps);
  if (token === null) return 'it cannot be read with this App’s sealing key';
  if (tokenExpiresAt <= deps.now()) {
    await deps.noteCheck(account.id, installations);
    return null;
  }
  const read = await deps.readPerson(token);
  if (!read) return `${account.login} took it back on GitHub`;
  const left = installations.filter((id) => read.installations.includes(id));
  await deps.noteCheck(account.id, left);
  return left.length === 0 ? 'the App was uninstalled' : null;
}
