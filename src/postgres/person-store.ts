import type { EntryKind } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import type { KeptPerson, Person } from '#model/person.ts';
import type { Account } from '#model/snapshot.ts';
import { append } from './append.ts';
import type { Database, Sql } from './database.ts';
import type { Queue } from './queue.ts';

/** Where the tokens of people are kept: sealed, so that the database alone opens nothing. */
export interface PersonStore {
  find(userId: number): Promise<KeptPerson | undefined>;
  /** Everybody, whoever lives first. */
  list(): Promise<readonly KeptPerson[]>;
  /** Who lives and was called so at the sign-in; GitHub compares logins without case. */
  listByLogin(login: string): Promise<readonly KeptPerson[]>;
  /** A sign-in, the first one or another. */
  keep(person: Person): Promise<void>;
  /** Take the right to renew, for seconds; false when somebody has it, or it is forgotten. */
  claim(userId: number): Promise<boolean>;
  /** Keep what a renewal gave, unless it is forgotten; false for one that ended meanwhile. */
  renew(person: Person): Promise<boolean>;
  noteUse(userId: number): Promise<void>;
  /** False when there was nothing to end. What is left is forgotten by a job. */
  end(userId: number, because: string, actor: string): Promise<boolean>;
  forget(userId: number): Promise<void>;
  /** Some who live and were not looked at for hours, whoever waits longest first. */
  listUnchecked(): Promise<readonly KeptPerson[]>;
  noteCheck(userId: number, installations: readonly number[]): Promise<void>;
  /** Who ended, and is not forgotten yet. */
  listUnforgotten(): Promise<readonly KeptPerson[]>;
  /** An installation is gone: whoever has none left. */
  leave(installationId: number): Promise<readonly number[]>;
}

interface PersonRow {
  readonly user_id: number;
  readonly login: string;
  readonly token_sealed: string | null;
  readonly refresh_sealed: string | null;
  readonly token_sha256: string;
  readonly token_expires_at: Date;
  readonly refresh_expires_at: Date;
  readonly installations: readonly number[];
  readonly signed_in_at: Date;
  readonly last_used_at: Date | null;
  readonly ended_at: Date | null;
  readonly because: string | null;
}

/** GitHub is asked about a person this often, and about so many in one go: each is two requests. */
const checkedEveryMs = 6 * 60 * 60_000;
const checkedAtOnce = 50;
/** One renewal is one request; whoever takes longer is dead, and the queue still tries again then. */
const renewingMs = 20_000;

export function createPersonStore(
  database: Database,
  queue: Pick<Queue, 'send'>,
  now: () => Date,
): PersonStore {
  const entry = (
    tx: Sql,
    kind: EntryKind,
    { id, login }: Account,
    { actor, ...facts }: JsonObject & { readonly actor: string },
  ) =>
    append(
      tx,
      { kind, runId: null, repositoryId: null, actor, facts: { login, id, ...facts } },
      now(),
    );
  return {
    find: async (userId) => {
      const [row] = await database.query<PersonRow>('select * from person where user_id = $1', [
        userId,
      ]);
      return row && rowToPerson(row);
    },
    list: async () => {
      const rows = await database.query<PersonRow>(
        'select * from person order by (ended_at is not null), login limit 500',
      );
      return rows.map(rowToPerson);
    },
    listByLogin: async (login) => {
      const rows = await database.query<PersonRow>(
        `select * from person where lower(login) = lower($1) and ended_at is null
         order by user_id limit 10`,
        [login],
      );
      return rows.map(rowToPerson);
    },
    keep: (person) =>
      database.transaction(async (tx) => {
        await write(tx, person, now());
        await entry(tx, 'people.signed_in', person.account, {
          actor: `user:${person.account.login}#${person.account.id}`,
          tokenSha256: person.tokenSha256,
          expiresAt: person.refreshExpiresAt.toISOString(),
          installations: [...person.installations],
        });
      }),
    claim: (userId) =>
      database.transaction(async (tx) => {
        const [row] = await tx.query<PersonRow>(
          `update person set renewing_until = $2
           where user_id = $1 and token_sealed is not null and (renewing_until is null or renewing_until <= $3)
           returning *`,
          [userId, new Date(now().getTime() + renewingMs), now()],
        );
        if (!row) return false;
        await entry(tx, 'people.renewing', accountOf(row), {
          actor: 'app',
          tokenSha256: row.token_sha256,
        });
        return true;
      }),
    renew: (person) =>
      database.transaction(async (tx) => {
        const { account, tokenSha256 } = person;
        const [row] = await tx.query<PersonRow>(
          `update person set token_sealed = $2, refresh_sealed = $3, token_sha256 = $4,
             token_expires_at = $5, refresh_expires_at = $6, renewing_until = null
           where user_id = $1 and token_sealed is not null returning *`,
          [account.id, ...valuesOf(person)],
        );
        if (!row) return false;
        await entry(tx, 'people.renewed', account, { actor: 'app', tokenSha256 });
        return row.ended_at === null;
      }),
    noteUse: async (userId) => {
      await database.query('update person set last_used_at = $2 where user_id = $1', [
        userId,
        now(),
      ]);
    },
    end: (userId, because, actor) =>
      database.transaction(async (tx) => {
        const [row] = await tx.query<PersonRow>(
          `update person set ended_at = $2, because = $3
           where user_id = $1 and ended_at is null returning *`,
          [userId, now(), because],
        );
        if (!row) return false;
        await queue.send(tx, 'forget-person', { userId });
        const { token_sha256: tokenSha256 } = row;
        await entry(tx, 'people.ended', accountOf(row), { actor, because, tokenSha256 });
        return true;
      }),
    forget: async (userId) => {
      await database.query(
        `update person set token_sealed = null, refresh_sealed = null
         where user_id = $1 and ended_at is not null`,
        [userId],
      );
    },
    listUnchecked: async () => {
      const rows = await database.query<PersonRow>(
        `select * from person where ended_at is null and checked_at <= $1
         order by checked_at limit ${checkedAtOnce}`,
        [new Date(now().getTime() - checkedEveryMs)],
      );
      return rows.map(rowToPerson);
    },
    listUnforgotten: async () => {
      const rows = await database.query<PersonRow>(
        `select * from person where ended_at is not null and token_sealed is not null
         order by ended_at limit ${checkedAtOnce}`,
      );
      return rows.map(rowToPerson);
    },
    noteCheck: async (userId, installations) => {
      await database.query(
        'update person set checked_at = $2, installations = $3::text::jsonb where user_id = $1',
        [userId, now(), JSON.stringify(installations)],
      );
    },
    leave: async (installationId) => {
      const rows = await database.query<PersonRow>(
        `update person set installations = coalesce(
           (select jsonb_agg(one) from jsonb_array_elements(installations) as one
            where one <> to_jsonb($1::bigint)), '[]')
         where ended_at is null and installations @> to_jsonb($1::bigint) returning *`,
        [installationId],
      );
      return rows.filter((row) => row.installations.length === 0).map((row) => row.user_id);
    },
  };
}

async function write(tx: Sql, person: Person, now: Date): Promise<void> {
  const { account, installations } = person;
  await tx.query(
    `insert into person (user_id, token_sealed, refresh_sealed, token_sha256, token_expires_at,
       refresh_expires_at, login, installations, signed_in_at, checked_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $9)
     on conflict (user_id) do update set login = excluded.login,
       token_sealed = excluded.token_sealed, refresh_sealed = excluded.refresh_sealed,
       token_sha256 = excluded.token_sha256, token_expires_at = excluded.token_expires_at,
       refresh_expires_at = excluded.refresh_expires_at, installations = excluded.installations,
       signed_in_at = excluded.signed_in_at, checked_at = excluded.checked_at, last_used_at = null, renewing_until = null,
       ended_at = null, because = null`,
    [account.id, ...valuesOf(person), account.login, JSON.stringify(installations), now],
  );
}

function valuesOf(person: Person): readonly unknown[] {
  const { tokenSealed, refreshSealed, tokenSha256, tokenExpiresAt, refreshExpiresAt } = person;
  return [tokenSealed, refreshSealed, tokenSha256, tokenExpiresAt, refreshExpiresAt];
}

function accountOf({ user_id: id, login }: PersonRow): Account {
  return { id, login };
}

function rowToPerson(row: PersonRow): KeptPerson {
  return {
    account: accountOf(row),
    tokenSealed: row.token_sealed,
    refreshSealed: row.refresh_sealed,
    tokenSha256: row.token_sha256,
    tokenExpiresAt: row.token_expires_at,
    refreshExpiresAt: row.refresh_expires_at,
    installations: row.installations,
    signedInAt: row.signed_in_at,
    lastUsedAt: row.last_used_at,
    endedAt: row.ended_at,
    because: row.because,
  };
}
