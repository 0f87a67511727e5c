import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discountCents, formatCents } from '../src/price.mjs';

test('takes ten percent off an amount above 100 €', () => {
  assert.equal(discountCents(15_000), 1_500);
});

test('takes nothing off an amount of exactly 100 €', () => {
  assert.equal(discountCents(10_000), 0);
});

test('rounds a discount to whole cents', () => {
  assert.equal(discountCents(10_005), 1_001);
});

test('writes an amount with its cents and its thousands', () => {
  assert.equal(formatCents(5), '0.05 €');
  assert.equal(formatCents(123_450), '1,234.50 €');
});
