import { describe, expect, it } from '@jest/globals';
import { html } from '#dashboard/html.ts';
import { renderInventoryPage } from '#dashboard/inventory-page.ts';
import { renderRunsPage } from '#dashboard/runs-page.ts';
import { buildTimeline } from '#dashboard/timeline.ts';
import { flow } from '#flow.ts';
import type { Entry } from '#model/entry.ts';
import type { Run } from '#model/run.ts';
import { stageNames } from '#model/stage-name.ts';

const run = {
  id: 'r1',
  repository: { id: 1, ownerId: 2, owner: 'acme', name: 'shop' },
  issue: { id: 1, number: 3, title: '<script>alert(1)</script>\u202e' },
  state: 'in_review',
  because: null,
  requester: { id: 2, login: 'mara' },
  pull: 4,
  createdAt: '2026-11-22T10:00:00.000Z',
  updatedAt: '2026-11-22T10:00:09.000Z',
} as unknown as Run;

describe('the pages', () => {
  it('text:hostile: escape an issue title', () => {
    const page = renderRunsPage([run], [], new Date('2026-11-22T10:00:05Z'));

    expect(page).toContain('#3 &lt;script&gt;alert(1)&lt;/script&gt;</a>');
    expect(page).not.toContain('<script');
    expect(page).not.toContain('\u202e');
  });

  it('keep themselves current while a run goes on, and not after', () => {
    const settled = { ...run, state: 'settled' } as Run;

    expect(renderRunsPage([run], [], new Date())).toContain('http-equiv="refresh"');
    expect(renderRunsPage([settled], [], new Date())).not.toContain('http-equiv="refresh"');
  });

  it('stop:closed: say what is paused, by whom and why', () => {
    const at = '2026-11-22T10:00:00.000Z';
    const pause = { scope: { kind: 'app' }, because: '<b>', by: 'operator', at } as const;

    const page = renderRunsPage([], [pause], new Date());

    expect(page).toContain('all of Sallyport, since 2026-11-22 10:00:00 by operator: &lt;b&gt;');
  });

  it('text:hostile: list identities with whatever names others gave them, and what cannot be seen', () => {
    const identity = {
      kind: 'grant',
      id: 'g1',
      name: '<img src=x onerror=alert(1)>',
      owner: '"><script>',
      purpose: 'p',
      scope: 's',
      holder: 'h',
      state: 'open',
      since: '2026-11-20T10:00:00.000Z',
      lastUsedAt: '2026-11-22T09:58:30.000Z',
      expiresAt: '2026-11-22T13:30:00.000Z',
      revoke: 'sallyport pause --run r1',
      scopeKey: 'tool:"><b>',
    } as const;
    const at = '2026-11-22T10:00:00.000Z';

    const page = renderInventoryPage({ at, identities: [identity], gaps: ['<b>GitHub</b>'] });

    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).toContain('&lt;b&gt;GitHub&lt;/b&gt;');
    expect(page).not.toMatch(/<img|<script|<b>/);
    expect(page).toContain('href="/revoke?scope=tool%3A%22%3E%3Cb%3E"');
    expect(page).toContain('<td class="short">2 days</td>');
    expect(page).toContain('<td class="short">1 min 30 s ago</td>');
    expect(page).toContain('<td class="short">in 3 h</td>');
    expect(page).toContain('class="soft">none</p>');
  });

  it('tell a newcomer what to do when there is nothing yet', () => {
    expect(renderRunsPage([], [], new Date())).toContain(
      'setting the label <code>sallyport</code>',
    );
  });

  it('build markup from text, numbers, lists and markup alone', () => {
    expect(html`<p title="${'"&'}">${[1, html`<b>${'<'}</b>`, null, false]}</p>`.text).toBe(
      '<p title="&quot;&amp;">1<b>&lt;</b></p>',
    );
  });
});

describe('buildTimeline', () => {
  const entry = (kind: string, at: number) => ({ kind, at: new Date(at).toISOString() }) as Entry;

  it('shows each stage of the flow with the time it was reached', () => {
    const entries = [
      entry('policy.decided', 0),
      entry('dispatch.opened', 40),
      entry('broker.exchanged', 900),
    ];
    const timeline = buildTimeline(flow, entries, 'working');

    expect(timeline.map((stage) => [stage.name, stage.status, stage.reachedMs])).toEqual([
      ['ingress', 'done', null],
      ['policy', 'done', 0],
      ['dispatch', 'done', 40],
      ['broker', 'now', 900],
      ['sandbox', 'waiting', null],
      ['verification', 'waiting', null],
      ['evidence', 'waiting', null],
      ['review', 'waiting', null],
      ['schedule', 'waiting', null],
    ]);
  });

  it('marks where a failed run broke', () => {
    const timeline = buildTimeline(flow, [entry('policy.decided', 0)], 'failed');

    expect(timeline[1]?.status).toBe('broken');
  });
});

describe('the flow', () => {
  it('names every stage once, in order', () => {
    expect(flow.map((stage) => stage.name)).toEqual([...stageNames]);
  });
});
