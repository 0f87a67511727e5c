import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exchange } from '#broker/broker.ts';
import { aBroker, ask, claimsOf, sign } from '../a-job.ts';
import { answerTo, subjectForms } from './a-threat.ts';

/**
 * What may be otherwise in a good token, and why: names that can be taken over (ids are compared),
 * what only says how GitHub shows it, and what makes it this token. Their forms and bounds are in
 * token.test.ts, the ids of a subject in repository.test.ts.
 */
const free = [
  ...['repository_owner', 'actor', 'workflow', 'sub'],
  ...['repository_visibility', 'ref_protected', 'run_number'],
  ...['jti', 'exp', 'iat', 'nbf'],
];
const bound = Object.keys(claimsOf('agent')).filter((name) => !free.includes(name));

/** Near misses of a value, and values of any other kind. */
function otherThan(good: string): fc.Arbitrary<unknown> {
  const near = fc.constantFrom(
    ...[`${good} `, ` ${good}`, `${good}\n`, `${good}\0`, `x${good}`, `${good}x`, `0${good}`],
    ...[good.slice(1), good.slice(0, -1), good.toUpperCase(), good.toLowerCase(), `${good}/`],
    ...[good.replace('a', '\u0430'), good.replace('/', '%2F'), good.replaceAll('1', '2')],
    ...[good.normalize('NFD'), `${good},${good}`, `${good}#`, `*`, '.*', `${good}|x`],
  );
  const foreign = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.nat().map(String),
    fc.constantFrom(undefined, null, true, 1, [], {}, 'e'.repeat(40)),
    fc.constantFrom([good], { [good]: good }, Number(good)),
  );
  return fc.oneof(near, near, foreign);
}

/** A pull request's two claims are empty here, and may as well not be there. */
function isTheSame(name: string, changed: unknown): boolean {
  const good: unknown = Reflect.get(claimsOf('agent'), name);
  return changed === good || (good === '' && changed === undefined);
}

const changes = fc
  .constantFrom(...bound)
  .chain((name) =>
    otherThan(String(Reflect.get(claimsOf('agent'), name))).map(
      (changed) => [name, changed] as const,
    ),
  )
  .filter(([name, changed]) => !isTheSame(name, changed));

describe('a good token with any one claim changed', () => {
  it.each(subjectForms)('grant:never-widens: gets nothing, with a subject of %s', async (form) => {
    expect(await answerTo({}, form)).toBe('ok');
    await fc.assert(
      fc.asyncProperty(changes, async ([name, changed]) => {
        expect(await answerTo({ claims: { [name]: changed } }, form)).not.toBe('ok');
      }),
      { numRuns: 250 },
    );
  });

  it('grant:never-widens: gets nothing when the claim is not there at all', async () => {
    const needed = bound.filter((name) => Reflect.get(claimsOf('agent'), name) !== '');
    const answers = await Promise.all(
      needed.map((name) => answerTo({ claims: { [name]: undefined } }, 'names')),
    );

    expect(answers.filter((answer) => answer === 'ok')).toEqual([]);
    expect(needed).toHaveLength(19);
  });

  it.each(free)('is judged by the others when it is %s', async (name) => {
    const good: unknown = Reflect.get(claimsOf('agent'), name);
    const value = typeof good === 'number' ? good - 1 : 'other';

    expect(await answerTo({ claims: { [name]: value } }, 'names')).toBe('ok');
  });

  it('grant:never-widens: gets nothing for any other byte of the token itself', async () => {
    const token = await sign(claimsOf('agent'));
    const signed = token.lastIndexOf('.');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(signed - 1),
        fc.constantFrom('A', 'e', '0', '_', '.'),
        async (at, byte) => {
          fc.pre(token[at] !== byte);
          const { deps } = aBroker();
          const changed = `${token.slice(0, at)}${byte}${token.slice(at + 1)}`;
          expect((await exchange(ask(changed), deps)).ok).toBe(false);
        },
      ),
      { numRuns: 150 },
    );
    expect((await exchange(ask(token), aBroker().deps)).ok).toBe(true);
  });
});
