import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ArtifactOwner } from './artifact-store.ts';
import { parseJson } from './parse-json.ts';

/** Mints and reads `ACTIONS_RUNTIME_TOKEN`, which is good while its job runs. */
export interface RuntimeTokens {
  mint(owner: ArtifactOwner): string;
  /** The job a token speaks for; undefined when the token is false or its job has ended. */
  find(token: string): ArtifactOwner | undefined;
  revoke(token: string): void;
}

// A job may run six hours; the token says so, and is revoked earlier with its job.
const TOKEN_SECONDS = 6 * 3600;

/**
 * Tokens signed with a key made at start. `@actions/artifact` reads only `scp`, which must hold
 * `Actions.Results:<run>:<job>` with exactly three parts.
 */
export function openRuntimeTokens(now: () => Date): RuntimeTokens {
  const key = randomBytes(32);
  const live = new Map<string, ArtifactOwner>();
  const sign = (text: string) => createHmac('sha256', key).update(text).digest();
  return {
    mint: (owner) => {
      const issued = Math.floor(now().getTime() / 1000);
      const head = encode({ alg: 'HS256', typ: 'JWT' });
      const scp = `Actions.Results:${owner.runBackendId}:${owner.jobBackendId}`;
      const body = encode({ scp, iat: issued, exp: issued + TOKEN_SECONDS });
      const token = `${head}.${body}.${sign(`${head}.${body}`).toString('base64url')}`;
      live.set(token, owner);
      return token;
    },
    find: (token) => {
      const [head = '', body = '', signature = ''] = token.split('.');
      const given = Buffer.from(signature, 'base64url');
      const expected = sign(`${head}.${body}`);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      const { exp } = parseJson(Buffer.from(body, 'base64url').toString());
      if (typeof exp !== 'number' || exp * 1000 <= now().getTime()) return undefined;
      return live.get(token);
    },
    revoke: (token) => {
      live.delete(token);
    },
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
