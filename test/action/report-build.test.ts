import { describe, expect, it } from '@jest/globals';
import { buildReport } from '../../action/report/build-report.ts';

const hex = 'a'.repeat(64);
const inputs = {
  'agent-result': 'changed',
  'agent-outcome': 'success',
  'agent-artifact-id': '12',
  'agent-artifact-digest': hex,
  'verify-outcome': 'success',
  'verify-artifact-id': '13',
  'verify-artifact-digest': `sha256:${hex}`,
};

describe('buildReport', () => {
  it('names both artifacts by id and digest', () => {
    expect(buildReport(inputs)).toEqual({
      agent: { outcome: 'success', result: 'changed', artifact: { id: 12, digest: hex } },
      verify: { outcome: 'success', artifact: { id: 13, digest: hex } },
    });
  });

  it('reports a run whose agent never started', () => {
    const empty = {
      ...inputs,
      'agent-result': '',
      'agent-outcome': 'failure',
      'agent-artifact-id': '',
      'agent-artifact-digest': '',
      'verify-outcome': 'skipped',
      'verify-artifact-id': '',
      'verify-artifact-digest': '',
    };
    expect(buildReport(empty)).toEqual({
      agent: { outcome: 'failure', result: null, artifact: null },
      verify: { outcome: 'skipped', artifact: null },
    });
  });

  it.each([
    ['an id that is none', { 'agent-artifact-id': '12; x' }],
    ['an id of zero', { 'agent-artifact-id': '0' }],
    ['a digest that is too short', { 'agent-artifact-digest': 'abc' }],
  ])('guesses nothing from %s', (_, change) => {
    expect(buildReport({ ...inputs, ...change }).agent.artifact).toBeNull();
  });

  it('takes an outcome it does not know for a failure', () => {
    expect(buildReport({ ...inputs, 'verify-outcome': 'neutral' }).verify.outcome).toBe('failure');
  });
});
