import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCart, sumCart } from '../src/cart.mjs';

test('reads products and quantities', () => {
  const lines = parseCart('mug:2,lamp:1');
  assert.deepEqual(
    lines.map(({ product, quantity }) => [product.id, quantity]),
    [
      ['mug', 2],
      ['lamp', 1],
    ],
  );
});

test('leaves out unknown products and odd quantities', () => {
  assert.deepEqual(parseCart('anchor:1,mug:0,mug:-1,mug:1e3,<b>:1,'), []);
});

test('sums a cart below 100 € without a discount', () => {
  const { subtotalCents, totalCents } = sumCart(parseCart('mug:2,notebook:1'));
  assert.equal(subtotalCents, 6_150);
  assert.equal(totalCents, 6_150);
});

test('sums an empty cart to nothing', () => {
  assert.deepEqual(sumCart([]), { subtotalCents: 0, savedCents: 0, totalCents: 0 });
});
