import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '#model/canonical-json.ts';
import type { Json } from '#model/json.ts';

describe('canonicalJson', () => {
  it('gives the output of the example in RFC 8785 §3.2.2', () => {
    const input = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );

    expect(canonicalJson(input)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 code units, as the example in RFC 8785 §3.2.3', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
    const input = Object.fromEntries(keys.map((key) => [key, 0]));

    expect(canonicalJson(input)).toBe(
      `{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`,
    );
  });

  it('refuses a number and a string that JSON cannot carry', () => {
    expect(() => canonicalJson(Number.NaN)).toThrow('expected a finite number');
    expect(() => canonicalJson('\ud800')).toThrow('lone surrogate');
  });

  it('means the same value, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (object) => {
        const entries = Object.entries(object);
        const text = canonicalJson(object as Json);

        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(object)));
        expect(canonicalJson(Object.fromEntries(entries.reverse()) as Json)).toBe(text);
      }),
    );
  });
});
