import { describe, expect, it } from '@jest/globals';
import { renderReasons } from '#dashboard/run-page.ts';
import type { Reason } from '#model/decision.ts';
import { walkReasons } from '#model/decision.ts';
import { escapeMarkdown, renderReceipt } from '#policy/render-receipt.ts';
import { renderGate } from '#review/render-gate.ts';
import { aRuling } from '../dispatch/a-ruling.ts';

const part = (rule: string, outcome: Reason['outcome'], sentence: string): Reason => ({
  rule,
  outcome,
  sentence,
});
const reasons: readonly Reason[] = [
  part('in-reach', 'pass', 'the repository is reached'),
  {
    ...part('chain-bounds', 'wait', 'waits for two'),
    children: [
      part('chain-parallel', 'wait', 'waits for two'),
      part('chain-depth', 'pass', '1 of 3'),
    ],
  },
  part('issue-open', 'fail', 'the issue is closed'),
];

describe('walkReasons', () => {
  it('puts what is open first and leaves out a part that only repeats its rule', () => {
    expect(walkReasons(reasons).map(({ level, mark, rule }) => [level, mark, rule])).toEqual([
      [0, '…', 'chain-bounds'],
      [1, '✓', 'chain-depth'],
      [0, '✗', 'issue-open'],
      [0, '✓', 'in-reach'],
    ]);
  });

  it('is what comment, check and page show, in the same order', () => {
    const sentences = walkReasons(reasons).map(({ sentence }) => sentence);
    const shown = [
      renderReceipt(aRuling(4, { decision: { verdict: 'hold', reasons } })),
      renderGate({ conclusion: 'failure', title: 't', key: 'k', reasons }),
      renderReasons(reasons).text,
    ];

    for (const text of shown) {
      const places = sentences.map((sentence) => text.indexOf(escapeMarkdown(sentence)));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(places).not.toContain(-1);
    }
  });
});
