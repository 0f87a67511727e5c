/** What the agent can do: which issue asks for it, the edits, and the test that proves them. */
export const works = [
  {
    title: /\bdiscount\b.*\bnot applied\b/i,
    done: 'the discount is taken off the whole cart',
    edits: [
      {
        path: 'src/cart.mjs',
        from: `  let subtotalCents = 0;
  let savedCents = 0;
  for (const { product, quantity } of lines) {
    const lineCents = product.priceCents * quantity;
    subtotalCents += lineCents;
    savedCents += discountCents(lineCents);
  }
`,
        to: `  let subtotalCents = 0;
  for (const { product, quantity } of lines) subtotalCents += product.priceCents * quantity;
  const savedCents = discountCents(subtotalCents);
`,
      },
    ],
    test: {
      path: 'test/discount.test.mjs',
      text: `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCart, sumCart } from '../src/cart.mjs';

test('takes the discount off a cart above 100 € whose lines are all below it', () => {
  assert.deepEqual(sumCart(parseCart('mug:2,lamp:1,notebook:2')), {
    subtotalCents: 14_850,
    savedCents: 1_485,
    totalCents: 13_365,
  });
});

test('takes no discount off a cart of exactly 100 €', () => {
  assert.equal(sumCart(parseCart('lamp:1,notebook:1,notebook:1')).totalCents, 9_950);
  assert.equal(sumCart(parseCart('notebook:8')).totalCents, 10_000);
});
`,
    },
  },
  {
    title: /\bsaved amount\b/i,
    done: 'the saved amount stands next to the total',
    edits: [
      {
        path: 'src/page.mjs',
        from: `<strong>\${formatCents(sums.totalCents)}</strong></p>`,
        to: `<strong>\${formatCents(sums.totalCents)}</strong>\${renderSaved(sums)}</p>`,
      },
      {
        path: 'src/page.mjs',
        from: 'function renderLine(',
        to: `function renderSaved({ savedCents }) {
  if (savedCents === 0) return '';
  return \` <span class="saved">You save \${formatCents(savedCents)}</span>\`;
}

function renderLine(`,
      },
    ],
    test: {
      path: 'test/saved.test.mjs',
      text: `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCart } from '../src/cart.mjs';
import { renderPage } from '../src/page.mjs';

test('shows the saved amount next to the total', () => {
  assert.ok(renderPage(parseCart('mug:2,lamp:1,notebook:2')).includes('You save 14.85 €'));
});

test('says nothing about saving when nothing is saved', () => {
  assert.ok(!renderPage(parseCart('mug:1')).includes('You save'));
});
`,
    },
  },
];
