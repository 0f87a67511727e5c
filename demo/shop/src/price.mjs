/** The discount of the shop: so many percent on everything above this amount. */
export const discount = { aboveCents: 10_000, percent: 10 };

/** What is taken off an amount. */
export function discountCents(amountCents) {
  if (amountCents <= discount.aboveCents) return 0;
  return Math.round((amountCents * discount.percent) / 100);
}

/** An amount as people write it: `1,234.50 €`. */
export function formatCents(cents) {
  const [whole, rest] = (cents / 100).toFixed(2).split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${rest} €`;
}
