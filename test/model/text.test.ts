import { describe, expect, it } from '@jest/globals';
import { capText, escapeHtml, visibleText } from '#model/text.ts';

describe('visibleText', () => {
  it('keeps what people see', () => {
    expect(visibleText('Größe: 10 €\n\tok 漢字')).toBe('Größe: 10 €\n\tok 漢字');
  });

  it.each([
    ['bidi controls', 'a\u202eb\u2066c'],
    ['zero-width characters', 'a\u200bb\u2060c'],
    ['tag characters', 'a\u{e0041}b\u{e007f}c'],
    ['variation selectors', 'a\ufe0fb\u{e0100}c'],
    ['fillers', 'a\u3164b\u2800c'],
    ['control characters', 'a\u0000b\u001bc'],
  ])('text:hostile: takes out %s', (_name, text) => {
    expect(visibleText(text)).toBe('abc');
  });
});

describe('escapeHtml', () => {
  it('text:hostile: leaves no way out of an element or a quoted attribute', () => {
    expect(escapeHtml(`<img src=x onerror="a" b='c'>&`)).toBe(
      '&lt;img src=x onerror=&quot;a&quot; b=&#39;c&#39;&gt;&amp;',
    );
  });
});

describe('capText', () => {
  it('says how much it cut', () => {
    expect(capText('abcdef', 3)).toBe('abc… [3 more characters]');
    expect(capText('abc', 3)).toBe('abc');
  });
});
