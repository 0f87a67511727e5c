import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EvidenceView } from '#evidence/comment/render-evidence-comment.ts';
import { renderEvidenceComment } from '#evidence/comment/render-evidence-comment.ts';
import { buildManifest } from '#evidence/statement/build-manifest.ts';
import { noUsage } from '#model/model-usage.ts';
import { codeSpan, fenced, neutralise, plainLine } from '#model/neutralise.ts';
import { manifestParts, verdict } from './a-change.ts';
import { attacks, live } from './attack-text.ts';

/** A view whose every hostile string is this text. */
function viewOf(text: string, more: Partial<EvidenceView> = {}): EvidenceView {
  const manifest = buildManifest(
    manifestParts(new Map(), {
      verdict: {
        ...verdict,
        missing: [{ property: 'SCREENS_CAPTURED', because: text }],
        findings: [
          { id: 'x', severity: 'high', path: text, line: 3, sentence: text },
          { id: 'y', severity: 'warn', path: null, line: null, sentence: text },
        ],
        redGreen: [{ command: text, name: text }],
      },
    }),
  );
  const urls = { beforeUrl: null, afterUrl: 'https://github.com/octo/shop/blob/1/a.png?raw=true' };
  return {
    manifest,
    opened: null,
    screens: [{ name: text, viewport: text, sentence: '3 pixels differ', ...urls }],
    egress: {
      allowed: 1,
      refused: 1,
      hosts: [{ host: `a ${text}`, calls: 1, rules: [text], lines: [text], by: [text] }],
      unreadable: 0,
      troubles: [text],
    },
    tools: [{ tool: text, allowed: 1, refused: 1 }],
    notes: [text],
    usage: {
      ...noUsage,
      calls: 2,
      output: 34,
      models: [text.slice(0, 100)],
      stopped: text.slice(0, 300),
    },
    commands: ['npm test'],
    branch: 'sallyport/12-discount-is-wrong',
    evidenceUrl: 'https://github.com/octo/shop/tree/1',
    agentClaims: text,
    ...more,
  };
}

/** The comment without what stands in code spans and fences: our own words and markup. */
function frameOf(comment: string): string {
  return comment.replace(/^~~~text\n[\s\S]*?\n~~~$/m, 'FENCE').replace(/`[^`\n]*`/g, 'CODE');
}

describe('neutralise', () => {
  it.each(attacks)('text:hostile: leaves nothing alive of %s', (_what, text) => {
    // The control: as it came, or once its compatibility forms are resolved, it would act.
    expect(live.test(text) || live.test(text.normalize('NFKC'))).toBe(true);
    expect(neutralise(text)).not.toMatch(live);
  });

  it('leaves text alone that does nothing', () => {
    const text = 'Größe: 10 % of 80 is 8 (not 10), see a/b.js; x < y is said as x ‹ y\n\tok 漢字';
    expect(neutralise(text.replace('x < y is said as ', ''))).toBe(
      text.replace('x < y is said as ', ''),
    );
  });

  it('keeps what was said readable', () => {
    expect(neutralise('thanks @octocat, fixes #12: <b>https://a.test</b>')).toBe(
      'thanks @ octocat, fixes # 12: ‹b›https: / /a.test‹/b›',
    );
  });

  it('text:hostile: leaves nothing alive of any text, and does not change its own words', () => {
    const word = fc.constantFrom(
      ...attacks.map(([, text]) => text),
      ...'@#:/\\[]<>&`|{1a.',
      '\u200b',
      'www.',
      'gh-',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(word, fc.string({ unit: 'binary' })), { maxLength: 8 }),
        (words) => {
          const once = neutralise(words.join(''));
          return !live.test(once) && neutralise(once) === once;
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['brackets', '['.repeat(600_000)],
    ['lines', 'a\n'.repeat(65_000)],
    ['quotes', '> '.repeat(100_000)],
    ['characters that stand for eighteen', '\ufdfa'.repeat(200_000)],
  ])('text:hostile: C14 cuts half a megabyte of %s', (_what, text) => {
    expect(neutralise(text).length).toBeLessThanOrEqual(360_000);
    expect(fenced(text, 2000)).toContain('more characters]');
    expect(fenced(text, 2000).length).toBeLessThan(2100);
    expect(codeSpan(text).length).toBeLessThan(170);
  });
});

describe('plainLine, codeSpan and fenced', () => {
  it('make one line of many', () => {
    expect(plainLine(' a\r\n\tb\u2028c ')).toBe('a b c');
    expect(codeSpan('a\n\n~~~\n# b')).toBe('`a ~~~ # b`');
  });

  it('say that there was nothing to say', () => {
    expect(codeSpan('\u200b \n')).toBe('`(empty)`');
  });

  it('cut between characters, never inside one', () => {
    expect(plainLine('😀'.repeat(10), 3).isWellFormed()).toBe(true);
  });

  it.each(['~~~', '  ~~~', '~~~~~~~', '```', '\t~~~', '\r~~~'])(
    'text:hostile: a fence is not closed by %j in it',
    (line) => {
      const text = fenced(`before\n${line}\nafter`, 1000);
      expect(text.split('\n').filter((one) => /^ {0,3}(?:~{3,}|`{3,})\s*$/.test(one))).toEqual([
        '~~~',
      ]);
      expect(text).toMatch(/after\n~~~$/);
    },
  );
});

describe('renderEvidenceComment', () => {
  it.each(attacks)('text:hostile: keeps %s inside code spans and the fence', (_what, text) => {
    const comment = renderEvidenceComment(viewOf(text));
    expect(frameOf(comment)).toBe(frameOf(renderEvidenceComment(viewOf('harmless'))));
    const inside = [...comment.matchAll(/`([^`\n]*)`/g)].map(([, said]) => said ?? '');
    expect(inside.filter((said) => live.test(said))).toEqual([]);
  });

  it('says all of it in the order that a reviewer needs', () => {
    const comment = renderEvidenceComment(viewOf('harmless'));
    const order = [
      '✅ **Proven** · head `ccccccc` on base `bbbbbbb`',
      '**Red before, green now**',
      '3 passed, 0 failed, 0 skipped',
      '| Screen | Before | After |',
      '**Look at**',
      'No protected path is touched.',
      '**Not verified**',
      '**Network** 1 calls allowed, 1 refused',
      '**Context tools called**',
      'git fetch origin sallyport/12-discount-is-wrong',
      'npm test',
      'What the agent says of its work (not evidence)',
    ];
    const places = order.map((words) => comment.indexOf(words));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it('evidence:recomputed: takes the verdict from the manifest, whatever the agent claims', () => {
    const view = viewOf('✅ **Proven**');
    const unproven: EvidenceView = {
      ...view,
      manifest: {
        ...view.manifest,
        verdict: { ...view.manifest.verdict, result: 'unproven', properties: [] },
      },
    };
    const comment = renderEvidenceComment(unproven);
    expect(comment).toMatch(/^❌ \*\*Unproven\*\*/);
    expect(frameOf(comment)).not.toContain('✅');
    expect(comment).toContain('It could not be shown that no protected path is touched');
  });

  it('offers the lines of policy that would allow a host, and says when a log is not whole', () => {
    const asked = { host: 'registry.example.com', calls: 2, rules: ['host-not-listed'] };
    const refused = { ...asked, by: ['/usr/bin/curl: curl x'] };
    const egressOf = (lines: readonly string[]) => ({
      egress: {
        allowed: 0,
        refused: 1,
        hosts: [{ ...refused, lines }],
        unreadable: 3,
        troubles: lines.length === 0 ? ['agent: the log ends after 3 lines'] : [],
      },
    });
    const named = renderEvidenceComment(viewOf('x', egressOf(['- host: registry.example.com'])));
    expect(named).toContain(
      '`registry.example.com` ×2 (`host-not-listed`), by `/usr/bin/curl: curl x`; the policy line',
    );
    expect(named).toContain('`- host: registry.example.com` under `sandbox.egress`');
    expect(named).toContain('3 lines unreadable');
    expect(named).not.toContain('cannot be relied on');

    const broken = renderEvidenceComment(viewOf('x', egressOf([])));
    expect(broken).not.toContain('the policy line');
    expect(broken).toContain(
      '**The log of calls cannot be relied on**, `agent: the log ends after 3 lines`',
    );
  });

  it('text:hostile: stays below 60,000 characters whatever it is given', () => {
    const long = '\ufdfa<@#['.repeat(20_000);
    const view = viewOf(long);
    const many = <T>(one: T | undefined) =>
      one === undefined ? [] : Array.from({ length: 5000 }, () => one);
    const { verdict: said } = view.manifest;
    const comment = renderEvidenceComment({
      ...view,
      manifest: {
        ...view.manifest,
        verdict: {
          ...said,
          findings: many(said.findings[0]),
          redGreen: many(said.redGreen[0]),
          missing: many(said.missing[0]),
        },
      },
      screens: many(view.screens[0]),
      tools: many(view.tools[0]),
      notes: many(long),
      commands: many('npm test -- --a-long-option'),
      egress: { ...view.egress, hosts: many(view.egress.hosts[0]) },
    });
    expect(comment.length).toBeLessThanOrEqual(60_000);
    expect(comment).toContain('and 4990 more in the evidence');
    expect(renderEvidenceComment(viewOf(long)).length).toBeLessThan(10_000);
  });

  it('prints no command that would close its fence', () => {
    const commands = ['npm test', 'cat <<~~~\nx\n~~~'];
    const comment = renderEvidenceComment(viewOf('harmless', { commands }));
    expect(comment.match(/^~~~/gm)).toHaveLength(4);
    expect(comment).toContain('npm test');
  });

  it('says what the agent used of its model, and that it was cut short', () => {
    const usage = { ...noUsage, calls: 12, output: 3400, usd: 1.5, models: ['claude-x'] };
    const comment = renderEvidenceComment(viewOf('x', { usage }));
    expect(comment).toContain('**Model** `12 calls, 3,400 tokens, $1.50, claude-x`');
    expect(comment).not.toContain('Cut short');
    const cut = renderEvidenceComment(viewOf('x', { usage: { ...usage, stopped: 'it is spent' } }));
    expect(cut).toContain('**Cut short** `it is spent`');
    expect(renderEvidenceComment(viewOf('x', { usage: null }))).not.toContain('**Model**');
  });

  it('says when there is nothing to show', () => {
    const view = viewOf('x', { screens: [], tools: [] });
    const comment = renderEvidenceComment({
      ...view,
      manifest: {
        ...view.manifest,
        verdict: { ...view.manifest.verdict, redGreen: [], findings: [] },
      },
    });
    expect(comment).toContain('**No test went from red to green**');
    expect(comment).toContain('**Context tools called** none');
    expect(comment).not.toContain('| Screen |');
    expect(comment).not.toContain('**Look at**');
  });
});
