import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCart } from '../src/cart.mjs';
import { renderPage } from '../src/page.mjs';

test('shows every product with its price', () => {
  const page = renderPage([]);
  for (const text of ['Enamel mug', '24.50 €', 'Harbour lamp', '74.50 €', 'Log book', '12.50 €']) {
    assert.ok(page.includes(text), text);
  }
});

test('shows the lines of the cart and its total', () => {
  const page = renderPage(parseCart('mug:2'));
  assert.ok(page.includes('2 × Enamel mug'));
  assert.match(page, /<strong>49\.00 €<\/strong>/);
});
