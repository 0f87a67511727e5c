import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SignJWT } from 'jose';
import type { GitHubProcess } from './github-process.ts';

/** A JWT of the App whose id and key file the command printed. */
export async function appJwt(github: GitHubProcess): Promise<string> {
  const { stderr } = github.output();
  const id = /The App .*: id (\d+)/.exec(stderr)?.[1] ?? '';
  const file = /private key +(.*)$/m.exec(stderr)?.[1] ?? '';
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iat: now - 30, exp: now + 500, iss: id })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(createPrivateKey(await readFile(file)));
}
