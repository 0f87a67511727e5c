import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Files without a check: names, texts and lengths of time. */
const plain = ['end-tokens', 'refusal', 'session-life'];

describe('npm run test:mutation', () => {
  const cuts = execFileSync(process.execPath, ['script/mutation.mjs', '--list'], { cwd: root })
    .toString()
    .split('\n');

  it('takes checks out of every file of the broker that has one', () => {
    const names = readdirSync(`${root}src/broker`).map((name) => name.replace('.ts', ''));
    const uncut = names.filter((name) => !cuts.some((cut) => cut.startsWith(`${name}.ts `)));
    expect(uncut.sort()).toEqual(plain);
  });

  it('takes out each option that the signature of a token is verified with', () => {
    const options = cuts.filter((cut) => cut.startsWith('verify-token.ts option: '));
    for (const name of ['issuer', 'algorithms', 'typ', 'maxTokenAge', 'requiredClaims'])
      expect(options.join()).toContain(`option: ${name}`);
  });
});
