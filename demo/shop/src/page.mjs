import { sumCart } from './cart.mjs';
import { products } from './catalog.mjs';
import { discount, formatCents } from './price.mjs';

/** The page of the shop: what there is, and what is in the cart. */
export function renderPage(lines) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Harbour shop</title>
<link rel="stylesheet" href="/shop.css">
</head>
<body>
<header>
  <h1>Harbour shop</h1>
  <p class="offer">${discount.percent} % off every order above ${discount.aboveCents / 100} €</p>
</header>
<main>
  <section aria-labelledby="goods">
    <h2 id="goods">From the harbour</h2>
    <ul class="goods">${products.map(renderProduct).join('')}</ul>
  </section>
  ${renderCart(lines)}
</main>
</body>
</html>
`;
}

function renderProduct(product) {
  return `
      <li>
        <div class="picture" style="background: ${product.color}" aria-hidden="true">${product.name[0]}</div>
        <h3>${product.name}</h3>
        <p>${product.note}</p>
        <p class="price">${formatCents(product.priceCents)}</p>
      </li>`;
}

function renderCart(lines) {
  const sums = sumCart(lines);
  return `<section class="cart" aria-labelledby="cart">
    <h2 id="cart">Your cart</h2>
    <ul>${lines.map(renderLine).join('')}</ul>
    <p class="sum"><span>Subtotal</span> <span>${formatCents(sums.subtotalCents)}</span></p>
    <p class="total"><span>Total</span> <strong>${formatCents(sums.totalCents)}</strong></p>
    <button type="button">Check out</button>
  </section>`;
}

function renderLine({ product, quantity }) {
  return `
      <li><span>${quantity} × ${product.name}</span> <span>${formatCents(product.priceCents * quantity)}</span></li>`;
}
