/** What the shop sells. Prices are in cents. */
export const products = [
  { id: 'mug', name: 'Enamel mug', note: 'Cream, 350 ml', priceCents: 2450, color: '#f2b8a0' },
  { id: 'lamp', name: 'Harbour lamp', note: 'Brass, dimmable', priceCents: 7450, color: '#f3d68a' },
  {
    id: 'notebook',
    name: 'Log book',
    note: 'Linen, 192 pages',
    priceCents: 1250,
    color: '#a9cdb9',
  },
  {
    id: 'blanket',
    name: 'Deck blanket',
    note: 'Wool, 140 × 200 cm',
    priceCents: 8900,
    color: '#a8c3e0',
  },
];

/** A product by its id, or undefined. */
export function findProduct(id) {
  return products.find((product) => product.id === id);
}
