import { findProduct } from './catalog.mjs';
import { discountCents } from './price.mjs';

/** What is in the cart of somebody who comes without one. */
export const defaultCart = 'mug:2,lamp:1,notebook:2';

/** More of one product, or more products, is not a cart but a mistake. */
const quantityMax = 99;
const linesMax = 20;

/** The lines of a cart written as `mug:2,lamp:1`. Unknown products and odd quantities are left out. */
export function parseCart(text) {
  return text
    .split(',', linesMax)
    .map((part) => /^([a-z]{1,20}):(\d{1,2})$/.exec(part))
    .filter((match) => match !== null)
    .map(([, id, quantity]) => ({ product: findProduct(id), quantity: Number(quantity) }))
    .filter(({ product, quantity }) => product && quantity >= 1 && quantity <= quantityMax);
}

/** The sums of a cart, in cents. */
export function sumCart(lines) {
  let subtotalCents = 0;
  let savedCents = 0;
  for (const { product, quantity } of lines) {
    const lineCents = product.priceCents * quantity;
    subtotalCents += lineCents;
    savedCents += discountCents(lineCents);
  }
  return { subtotalCents, savedCents, totalCents: subtotalCents - savedCents };
}
