import { describe, expect, it } from '@jest/globals';
import { renderCommitMessage, renderFailure, renderPull } from '#evidence/comment/render-texts.ts';
import { summarizeEgress } from '#evidence/comment/summarize-egress.ts';
import { renderEgressLog } from '#model/egress-log.ts';
import { run } from './a-change.ts';
import { live } from './attack-text.ts';

const byApp = { by: 'app', because: null, signInUrl: null } as const;

describe('the texts of commit and pull request', () => {
  const titled = (title: string) => ({ ...run, issue: { ...run.issue, title } });

  it('name issue, run and requester', () => {
    expect(renderCommitMessage(run).split('\n')).toEqual([
      'Discount is wrong',
      '',
      'Made by an agent for issue 12, in run 01900000-0000-7000-8000-000000000001.',
      '',
      'Sallyport-Run: 01900000-0000-7000-8000-000000000001',
      'Co-authored-by: mona <3+mona@users.noreply.github.com>',
    ]);
    expect(renderPull(run, true, byApp).body).toMatch(/^Closes #12\n/);
    expect(renderPull(run, false, byApp).body).toContain('**not proven**');
  });

  it('say who opened it where another was wanted, and why it was not', () => {
    const bodyOf = (opener: Parameters<typeof renderPull>[2]) =>
      renderPull(run, true, opener).body.split('\n\n');
    const because = 'GitHub answered bad_refresh_token, see #1 @octocat';

    expect(bodyOf(byApp)).toHaveLength(3);
    expect(bodyOf({ ...byApp, by: 'requester' })[2]).toBe(
      'Opened as mona, who let this App do that; an approval of theirs does not count.',
    );
    const signInUrl = 'https://sallyport.example.com/attribution';
    const [, , failed = ''] = bodyOf({ ...byApp, because });
    const [, , curable = ''] = bodyOf({ ...byApp, because, signInUrl });
    expect(failed).toMatch(/^Opened by the App and not as mona: GitHub answered bad_refresh_token/);
    expect(failed).not.toMatch(live);
    expect(curable).toBe(`${failed} [Sign in for the next one](${signInUrl}).`);
  });

  it.each([
    'Ship it [skip ci]',
    '[ci skip] x',
    '[no ci]',
    '[skip actions][actions skip]',
    '[skip[skip ci] ci]',
    'Fixes #1 and closes octo/shop#2, GH-3',
    'x\n\nCo-authored-by: Eve <eve@evil.test>',
    'x\n\n\nskip-checks: true',
    '@octocat',
  ])('text:hostile: a title %j starts, skips, closes and mentions nothing', (title) => {
    const message = renderCommitMessage(titled(title));
    expect(message.split('\n')).toHaveLength(6);
    expect(message.split('\n')[0]).not.toMatch(live);
    expect(message).not.toMatch(/\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/i);
    expect(message).not.toMatch(/(?:clos|fix|resolv)\w*:?\s+\S*(?:#|gh-)\d/i);
    expect(message.match(/^Co-authored-by:/gm)).toHaveLength(1);
    expect(renderPull(titled(title), true, byApp).title).not.toMatch(live);
  });

  it('have a title when nothing is left of the issue’s', () => {
    expect(renderPull(titled('[skip ci]'), true, byApp).title).toBe('Work on an issue');
    expect(renderPull(titled(' \u200b '), true, byApp).title).toBe('Work on an issue');
  });

  it('text:hostile: a failure is told in one paragraph of its own', () => {
    const because = 'x\n\n# Approved\n\n- [ ] @octocat <b>';
    const paragraphs = renderFailure(because).split('\n\n');
    expect(paragraphs).toHaveLength(2);
    expect(paragraphs[0]).toMatch(/^\*\*Sallyport: no pull request\.\*\* x # Approved/);
    expect(renderFailure(because)).not.toMatch(live);
    expect(renderFailure('y'.repeat(500_000)).length).toBeLessThan(2200);
  });
});

describe('summarizeEgress', () => {
  const call = (host: string, decision: 'allowed' | 'refused') =>
    JSON.stringify({
      at: '2026-11-22T10:00:00.000Z',
      phase: 'work',
      kind: 'connect',
      method: 'CONNECT',
      host,
      port: 443,
      path: null,
      address: null,
      decision,
      rule: 'host-not-listed',
      bytesOut: 0,
      bytesIn: 0,
      durationMs: 1,
      status: null,
      because: null,
      process: null,
    });

  it('counts both logs, the host asked most first, and says what it could not read', () => {
    const agent = [call('b.test', 'refused'), call('ok.test', 'allowed'), '{"host":'].join('\n');
    const verify = [call('a.test', 'refused'), call('b.test', 'refused'), '{}', ''].join('\n');
    const refused = (host: string, calls: number) => ({
      host,
      calls,
      rules: ['host-not-listed'],
      lines: [`- host: ${host}`],
      by: [],
    });
    const texts = new Map(Object.entries({ agent, verify }));
    expect(summarizeEgress(texts)).toEqual({
      allowed: 1,
      refused: 3,
      hosts: [refused('b.test', 2), refused('a.test', 1)],
      unreadable: 2,
      troubles: [
        expect.stringContaining('agent: its lines are not chained'),
        expect.stringContaining('verify: its lines are not chained'),
      ],
    });
  });

  it('finds nothing wrong with logs as they are written', () => {
    const log = renderEgressLog('1-1', [JSON.parse(call('b.test', 'refused'))]);
    expect(summarizeEgress(new Map([['agent', log]]))).toMatchObject({
      refused: 1,
      unreadable: 0,
      troubles: [],
    });
  });
});
