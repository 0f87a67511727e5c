import type { EntryDraft } from '#model/entry.ts';
import type { LiveToken, TokenKeeper } from '#model/live-token.ts';
import type { Sealer } from '#model/seal.ts';
import { append } from './append.ts';
import type { Database } from './database.ts';

/** A token whose end is owed, with how often GitHub was asked, this time counted. */
export interface OwedToken {
  readonly live: LiveToken;
  /** Null when it was sealed with another key: then only its time ends it. */
  readonly token: string | null;
  readonly attempts: number;
}

/** The App's installation tokens, kept while they live. */
export interface TokenStore extends TokenKeeper {
  /** Take some whose end is owed; nobody else is given them for as long as the back-off. */
  takeOwed(): Promise<readonly OwedToken[]>;
  /** All of an installation, or of a repository in it, are owed from now on. How many. */
  oweAll(place: { readonly installationId: number; readonly repository?: number }): Promise<number>;
  list(): Promise<readonly (LiveToken & { readonly attempts: number })[]>;
  /** How many were asked to end and are not confirmed. */
  countOwed(): Promise<number>;
  append(entry: EntryDraft): Promise<void>;
}

interface TokenRow {
  readonly sha256: string;
  readonly sealed: string;
  readonly installation_id: number;
  readonly repository: string | null;
  readonly permissions: Readonly<Record<string, string>>;
  readonly minted_at: Date;
  readonly drop_at: Date;
  readonly expires_at: Date;
  readonly attempts: number;
}

/** Whoever holds a token lets go of it at its time; this much later it was forgotten. */
const graceSeconds = 60;
/** Pauses between requests to end one token double, from this to at most that. */
const backOff = { firstSeconds: 25, mostSeconds: 400 } as const;
const takenAtOnce = 50;

export function createTokenStore(database: Database, sealer: Sealer, now: () => Date): TokenStore {
  return {
    keep: async (live, token) => {
      await database.query(
        `insert into live_token (sha256, sealed, installation_id, repository, permissions, minted_at,
           drop_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
        [
          live.sha256,
          sealer.seal(token, contextOf(live.sha256)),
          live.installationId,
          live.repository === null ? null : String(live.repository),
          JSON.stringify(live.permissions),
          ...[live.mintedAt, live.dropAt, live.expiresAt].map((ms) => new Date(ms)),
        ],
      );
    },
    forget: async (sha256) => {
      await database.query('delete from live_token where sha256 = $1', [sha256]);
    },
    owe: async (sha256) => {
      await database.query(
        `update live_token set drop_at = $2::timestamptz - interval '1 second' * $3,
           attempts = attempts + 1, tried_at = $2 where sha256 = $1`,
        [sha256, now(), graceSeconds],
      );
    },
    oweAll: async ({ installationId, repository }) => {
      const rows = await database.query(
        `update live_token set drop_at = least(drop_at, $1::timestamptz - interval '1 second' * $2)
         where installation_id = $3 and ($4::text is null or repository is null or repository = $4)
         returning 1 as one`,
        [now(), graceSeconds, installationId, repository === undefined ? null : String(repository)],
      );
      return rows.length;
    },
    takeOwed: async () => {
      const rows = await database.query<TokenRow>(
        `update live_token set attempts = attempts + 1, tried_at = $1 where sha256 in (
           select sha256 from live_token
           where drop_at <= $1::timestamptz - interval '1 second' * $2
             and (tried_at is null or expires_at <= $1 or tried_at <= $1::timestamptz
               - interval '1 second' * least($3 * power(2, attempts), $4))
           order by drop_at limit $5 for update skip locked)
         returning *`,
        [now(), graceSeconds, backOff.firstSeconds / 2, backOff.mostSeconds, takenAtOnce],
      );
      return rows.map((row) => ({
        live: rowToLive(row),
        token: sealer.open(row.sealed, contextOf(row.sha256)),
        attempts: row.attempts,
      }));
    },
    list: async () => {
      const rows = await database.query<TokenRow>(
        'select * from live_token order by minted_at desc limit 500',
      );
      return rows.map((row) => ({ ...rowToLive(row), attempts: row.attempts }));
    },
    countOwed: async () => {
      const [row] = await database.query<{ count: number }>(
        'select count(*) as count from live_token where attempts > 0',
      );
      return row?.count ?? 0;
    },
    append: async (entry) => {
      await database.transaction((tx) => append(tx, entry, now()));
    },
  };
}

/** What a sealed token belongs to: it opens as nothing else. */
function contextOf(sha256: string): string {
  return `live-token:${sha256}`;
}

function rowToLive(row: TokenRow): LiveToken {
  const { repository } = row;
  return {
    sha256: row.sha256,
    installationId: row.installation_id,
    repository: repository !== null && /^\d+$/.test(repository) ? Number(repository) : repository,
    permissions: row.permissions,
    mintedAt: row.minted_at.getTime(),
    dropAt: row.drop_at.getTime(),
    expiresAt: row.expires_at.getTime(),
  };
}
