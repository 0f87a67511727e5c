import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { defaultCart, parseCart } from './cart.mjs';
import { renderPage } from './page.mjs';

const port = Number(process.env.PORT ?? 3000);
const css = await readFile(new URL('../public/shop.css', import.meta.url));

const server = createServer((request, response) => {
  const [path, query] = (request.url ?? '/').split('?', 2);
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(405, 'text/plain', 'use GET\n');
  if (path === '/shop.css') return send(200, 'text/css; charset=utf-8', css);
  if (path !== '/') return send(404, 'text/plain; charset=utf-8', 'there is nothing here\n');
  const cart = new URLSearchParams(query).get('cart') ?? defaultCart;
  return send(200, 'text/html; charset=utf-8', renderPage(parseCart(cart)));

  function send(status, type, body) {
    response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
});

server.listen(port, '127.0.0.1', () => {
  console.log(`Harbour shop: http://127.0.0.1:${server.address().port}`);
});
