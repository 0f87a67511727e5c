import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readJunit } from '#verification/cell/read-junit.ts';

function brief(text: string) {
  return readJunit(text, 'test')?.map(({ suite, name, status }) => [suite, name, status]) ?? null;
}

describe('readJunit', () => {
  it('reads nested suites, classes, skips, failures, errors and reruns', () => {
    const report = `<?xml version="1.0"?>
<!-- by hand -->
<testsuites name="all">
  <testsuite name="outer"><properties><property name="a" value="b"/></properties>
    <testsuite name="inner"><testcase name="one" classname="x" time="1.5"/></testsuite>
    <testcase name="two"><failure message="a &lt; b"><![CDATA[<testcase name="forged"/>]]></failure></testcase>
    <testcase name="three"><skipped/></testcase>
    <testcase name="four"><error/><skipped/></testcase>
    <testcase name="five" status="notrun"/>
    <testcase name="six"><rerunFailure/><system-out>ok</system-out></testcase>
  </testsuite>
  <testcase name="seven" classname="Some.Class"/>
  <testcase name="eight" classname="test"/>
</testsuites>`;

    expect(brief(report)).toEqual([
      ['outer › inner', 'one', 'passed'],
      ['outer', 'two', 'failed'],
      ['outer', 'three', 'skipped'],
      ['outer', 'four', 'failed'],
      ['outer', 'five', 'skipped'],
      ['outer', 'six', 'other'],
      ['Some.Class', 'seven', 'passed'],
      [null, 'eight', 'passed'],
    ]);
    expect(readJunit(report, 'test')?.[0]?.durationMs).toBe(1500);
  });

  it('makes names plain: entities resolved, invisible characters out, long ones cut', () => {
    const [test] =
      readJunit(
        `<testsuite><testcase name="a&amp;b&#10;&#x202e;c${'x'.repeat(1000)}"/></testsuite>`,
        'test',
      ) ?? [];
    expect(test?.name.startsWith('a&b\ncxxx')).toBe(true);
    expect(test?.name.length).toBeLessThan(450);
  });

  it.each([
    ['an empty file', ''],
    ['another document', '<html><testcase name="a"/></html>'],
    ['an open element', '<testsuite><testcase name="a">'],
    ['crossed elements', '<testsuite><testcase name="a"></testsuite></testcase>'],
    ['two roots', '<testsuite/><testsuite/>'],
    ['a document type with entities', '<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>'],
    ['an attribute twice', '<testsuite><testcase name="a" name="b"/></testsuite>'],
    ['an attribute without quotes', '<testsuite><testcase name=a/></testsuite>'],
    ['an open comment', '<testsuite><!-- </testsuite>'],
    ['elements without end', '<testsuite>'.repeat(300) + '</testsuite>'.repeat(300)],
  ])('takes %s for no report', (_, text) => {
    expect(readJunit(text, 'test')).toBeNull();
  });

  it('refuses more tests than it records, and does not cut', () => {
    expect(
      readJunit(`<testsuite>${'<testcase name="a"/>'.repeat(50_000)}</testsuite>`, 'test'),
    ).toHaveLength(50_000);
    expect(
      readJunit(`<testsuite>${'<testcase name="a"/>'.repeat(50_001)}</testsuite>`, 'test'),
    ).toBeNull();
  });

  it('answers any text with tests or nothing', () => {
    const part = fc.constantFrom(
      '<testsuite>',
      '</testsuite>',
      '<testcase name="a"/>',
      '<testcase>',
      '</testcase>',
      '<failure/>',
      '<![CDATA[',
      ']]>',
      '&',
      '"',
      '<',
      'x',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const tests = readJunit(parts.join(''), 'test');
        expect(tests === null || tests.every(({ command }) => command === 'test')).toBe(true);
      }),
    );
  });
});
